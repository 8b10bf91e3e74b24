import { constants } from 'node:crypto'
import { statSync } from 'node:fs'
import { createSecureContext, type SecureContextOptions, type SecureVersion } from 'node:tls'
import { readRegularSync, secretLimit } from '../../go/read-file.js'
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

function read(name: string, file: string): string {
  try {
    return readRegularSync(file, secretLimit).toString('utf8')
  } catch (error) {
    throw new WebConfigError(`failed to read ${name} (${file}): ${errorMessage(error)}`, {
      cause: error,
    })
  }
}

/** Changes when one of the files that a config names changes. */
export function stampOf(config: TlsServerConfig): string {
  return [config.cert_file, config.key_file, config.client_ca_file]
    .filter((file) => file !== '')
    .map((file) => {
      const stat = statSync(file, { throwIfNoEntry: false })
      return stat === undefined ? 'absent' : fileStamp(stat)
    })
    .join('|')
}

/**
 * Reads the certificates and puts the options together.
 * @throws {WebConfigError} in the words of Prometheus' exporter-toolkit
 */
export function readServerTls(config: TlsServerConfig): ServerTls {
  const { cert, cert_file, key, key_file, client_ca, client_ca_file } = config
  if (cert === '' && cert_file === '') throw new WebConfigError('missing one of cert or cert_file')
  if (key.isEmpty && key_file === '') throw new WebConfigError('missing one of key or key_file')
  const pair = {
    cert: cert_file === '' ? cert : read('cert_file', cert_file),
    key: key_file === '' ? key.reveal() : read('key_file', key_file),
  }
  const ca = client_ca_file === '' ? client_ca : read('client_ca_file', client_ca_file)
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
