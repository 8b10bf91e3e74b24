import { constants } from 'node:crypto'
import { createSecureContext, type SecureContextOptions, type SecureVersion } from 'node:tls'
import { processFiles } from '../../go/files.js'
import { isAbsent } from '../../go/glob.js'
import { readRegular, readRegularSync, secretLimit } from '../../go/read-file.js'
import type { TlsVersion } from '../../http/index.js'
import { errorMessage } from '../../telemetry/error-text.js'
import { WebConfigError } from '../errors.js'
import { cipherList, curveList } from './algorithms.js'
import { type ClientPolicy, clientPolicy } from './client-auth.js'
import type { TlsServerConfig } from './section.js'
import { fileStamp } from './watched-file.js'

/** A `tls_server_config` with the files that it names, as they are now. */
export interface ServerTls {
  /** Options of node's TLS servers. */
  readonly context: SecureContextOptions
  readonly policy: ClientPolicy
}

const versions: Readonly<Record<TlsVersion, SecureVersion | undefined>> = {
  '': undefined,
  TLS10: 'TLSv1',
  TLS11: 'TLSv1.1',
  TLS12: 'TLSv1.2',
  TLS13: 'TLSv1.3',
}

/** Whether the server speaks TLS at all: any one of these keys says so. */
export function usesTls(config: TlsServerConfig): boolean {
  const { cert, cert_file, key, key_file, client_ca, client_ca_file, client_auth_type } = config
  const texts = [cert, cert_file, key_file, client_ca, client_ca_file, client_auth_type]
  return texts.some((text) => text !== '') || !key.isEmpty
}

/** What a config has in place of each file that it names. */
interface Texts {
  readonly cert_file: string
  readonly key_file: string
  readonly client_ca_file: string
}

function unreadable(name: string, file: string, cause: unknown): WebConfigError {
  const message = `failed to read ${name} (${file}): ${errorMessage(cause)}`
  return new WebConfigError(message, { cause })
}

function readNow(name: string, file: string): string {
  if (file === '') return ''
  try {
    return readRegularSync(file, secretLimit).toString('utf8')
  } catch (error) {
    throw unreadable(name, file, error)
  }
}

async function read(name: string, file: string): Promise<string> {
  if (file === '') return ''
  try {
    return (await readRegular(file, { limit: secretLimit })).toString('utf8')
  } catch (error) {
    throw unreadable(name, file, error)
  }
}

/** Changes when one of the files that a config names changes. */
export async function stampOf(config: TlsServerConfig): Promise<string> {
  const files = [config.cert_file, config.key_file, config.client_ca_file]
  const stamps = files.filter((file) => file !== '').map(stampOfFile)
  return (await Promise.all(stamps)).join('|')
}

async function stampOfFile(file: string): Promise<string> {
  try {
    return fileStamp(await processFiles.stat(file))
  } catch (error) {
    if (isAbsent(error)) return 'absent'
    throw error
  }
}

/**
 * Reads the certificates and puts the options together, while nothing else runs: for the start.
 * @throws {WebConfigError} in the words of Prometheus' exporter-toolkit
 */
export function readServerTlsNow(config: TlsServerConfig): ServerTls {
  checkPresence(config)
  return serverTls(config, {
    cert_file: readNow('cert_file', config.cert_file),
    key_file: readNow('key_file', config.key_file),
    client_ca_file: readNow('client_ca_file', config.client_ca_file),
  })
}

/** The same for a server that runs. */
export async function readServerTls(config: TlsServerConfig): Promise<ServerTls> {
  checkPresence(config)
  return serverTls(config, {
    cert_file: await read('cert_file', config.cert_file),
    key_file: await read('key_file', config.key_file),
    client_ca_file: await read('client_ca_file', config.client_ca_file),
  })
}

function checkPresence({ cert, cert_file, key, key_file }: TlsServerConfig): void {
  if (cert === '' && cert_file === '') throw new WebConfigError('missing one of cert or cert_file')
  if (key.isEmpty && key_file === '') throw new WebConfigError('missing one of key or key_file')
}

function serverTls(config: TlsServerConfig, texts: Texts): ServerTls {
  const pair = {
    cert: config.cert_file === '' ? config.cert : texts.cert_file,
    key: config.key_file === '' ? config.key.reveal() : texts.key_file,
  }
  const ca = config.client_ca_file === '' ? config.client_ca : texts.client_ca_file
  const policy = clientPolicy(config)
  const context: SecureContextOptions = { ...pair, ...algorithms(config) }
  if (ca !== '') context.ca = ca
  // A ticket would let a client come back without another check of its certificate.
  if (policy.request) context.secureOptions = constants.SSL_OP_NO_TICKET
  try {
    createSecureContext(context)
  } catch (error) {
    throw new WebConfigError(`failed to load X509KeyPair: ${errorMessage(error)}`, {
      cause: error,
    })
  }
  return { context, policy }
}

function algorithms(config: TlsServerConfig): SecureContextOptions {
  const minVersion = versions[config.min_version]
  const maxVersion = versions[config.max_version]
  const old = config.min_version === 'TLS10' || config.min_version === 'TLS11'
  const chosen = cipherList(config.cipher_suites)
  // OpenSSL 3 offers TLS before 1.2 only at its lowest security level.
  const ciphers = old ? `${chosen ?? 'DEFAULT'}:@SECLEVEL=0` : chosen
  const ecdhCurve = curveList(config.curve_preferences)
  return {
    honorCipherOrder: config.prefer_server_cipher_suites,
    ...(minVersion === undefined ? {} : { minVersion }),
    ...(maxVersion === undefined ? {} : { maxVersion }),
    ...(ciphers === undefined ? {} : { ciphers }),
    ...(ecdhCurve === undefined ? {} : { ecdhCurve }),
  }
}
