import { X509Certificate } from 'node:crypto'
import net from 'node:net'
import {
  createSecureContext,
  DEFAULT_CIPHERS,
  type PeerCertificate,
  type SecureContext,
  type SecureVersion,
} from 'node:tls'
import type { Environment } from '../environment.js'
import { HttpConfigError } from '../errors.js'
import { checkKeyPair } from './key-pair.js'
import { type AcceptsServer, pinnedServers, withoutNamesakes } from './second-look.js'
import { wrapErrors, type SecretSource, secretSource } from '../secret-source.js'
import { faultOfIdentity } from './server-identity.js'
import { systemRoots } from './system-roots.js'
import type { TlsConfig, TlsVersion } from '../section/tls.js'

/** The options of node:tls that a `tls_config` comes to; plain node:https agents take them too. */
export interface TlsOptions {
  readonly secureContext: SecureContext
  readonly rejectUnauthorized: boolean
  /** The name to ask for, in place of the host's; empty to ask for none. */
  readonly servername?: string
  readonly checkServerIdentity: (host: string, cert: PeerCertificate) => Error | undefined
}

/** How a connection is tried again where OpenSSL refuses a server that Go takes. */
export interface SecondLook extends TlsOptions {
  /** The code of the error that it is for. */
  readonly after: string
  readonly accepts?: AcceptsServer
}

/** The texts of the files and inline values of a `tls_config` at one moment. */
interface Material {
  readonly ca: string
  readonly cert: string
  readonly key: string
}

const versions: Readonly<Record<TlsVersion, SecureVersion | undefined>> = {
  '': undefined,
  TLS10: 'TLSv1',
  TLS11: 'TLSv1.1',
  TLS12: 'TLSv1.2',
  TLS13: 'TLSv1.3',
}

/** The certificates of a PEM text that can be read; as in Go, anything else in it is skipped. */
export function certificatesOf(pem: string): readonly string[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  return blocks.filter((block) => {
    try {
      return new X509Certificate(block).raw.length > 0
    } catch {
      // A block that cannot be read is skipped; a text without any certificate is the caller's error.
      return false
    }
  })
}

/**
 * The TLS side of a client: keeps the options built from a `tls_config`, and builds new ones when one
 * of its files has changed.
 */
export class TlsSource {
  readonly #config: TlsConfig
  readonly #environment: Environment
  readonly #ca: SecretSource | undefined
  readonly #cert: SecretSource | undefined
  readonly #key: SecretSource | undefined
  /** Undefined until the file system has answered. */
  #material: Material | undefined
  #options: TlsOptions | undefined
  #version = 0

  private constructor(config: TlsConfig, environment: Environment) {
    this.#config = config
    this.#environment = environment
    this.#ca = wrapErrors('unable to use CA cert', () =>
      secretSource(config.ca, config.ca_file, config.ca_ref),
    )
    this.#cert = wrapErrors('unable to use client cert', () =>
      secretSource(config.cert, config.cert_file, config.cert_ref),
    )
    this.#key = wrapErrors('unable to use client key', () =>
      secretSource(config.key, config.key_file, config.key_ref),
    )
    const ca = readNow('unable to read CA cert', this.#ca)
    const cert = readNow('unable to read specified client cert', this.#cert)
    const key = readNow('unable to read specified client key', this.#key)
    if (ca === undefined || cert === undefined || key === undefined) return
    this.#material = { ca, cert, key }
  }

  /**
   * Reads every file once, so that a config that cannot work is refused at once. Where the file system
   * does not answer, the first request reads them.
   * @param environment where `SSL_CERT_FILE` may stand
   * @throws {HttpConfigError} in Prometheus' words, wrapErrors the file
   */
  static open(config: TlsConfig, environment: Environment): TlsSource {
    const { min_version: min, max_version: max } = config
    if (min !== '' && max !== '' && max < min) {
      throw new HttpConfigError(
        'tls_config.max_version must be greater than or equal to tls_config.min_version if both are specified',
      )
    }
    const source = new TlsSource(config, environment)
    // Without certificates of its own nothing can fail, and the system's are read at the first use.
    if (source.#material !== undefined && (source.#ca ?? source.#cert)) source.options()
    return source
  }

  /** Grows each time new options were built: a cache of connections compares it. */
  get version(): number {
    return this.#version
  }

  /** The options as last built. {@link refresh} comes first. */
  options(): TlsOptions {
    this.#options ??= this.#build(this.#known)
    return this.#options
  }

  get #known(): Material {
    if (this.#material === undefined) throw new HttpConfigError('the TLS files were not read yet')
    return this.#material
  }

  /**
   * Builds new options if a file has changed.
   * @throws {HttpConfigError} when a file is gone or cannot be used any more; the old options stay
   */
  async refresh(signal?: AbortSignal): Promise<void> {
    if (![this.#ca, this.#cert, this.#key].some((source) => source?.mutable)) return
    const [ca = '', cert = '', key = ''] = await Promise.all([
      read('unable to read CA cert', this.#ca, signal),
      read('unable to read client cert', this.#cert, signal),
      read('unable to read client key', this.#key, signal),
    ])
    const old = this.#material
    if (ca === old?.ca && cert === old.cert && key === old.key) return
    const material = { ca, cert, key }
    this.#options = this.#build(material)
    this.#material = material
    this.#version += 1
  }

  #build(material: Material): TlsOptions {
    const { server_name: name, insecure_skip_verify: trusting } = this.#config
    const { ca, cert, key } = material
    const trusted = this.#ca === undefined ? systemRoots(this.#environment) : certificatesOf(ca)
    if (trusted.length === 0) {
      throw new HttpConfigError(`unable to use specified CA cert ${this.#ca?.description ?? ''}`)
    }
    const secureContext =
      cert === ''
        ? this.#context(trusted, material)
        : wrapErrors(
            `unable to use specified client cert (${this.#cert?.description ?? ''}) & key (${this.#key?.description ?? ''})`,
            () => {
              checkKeyPair(cert, key)
              return this.#context(trusted, material)
            },
          )
    return { secureContext, rejectUnauthorized: !trusting, ...identity(name) }
  }

  /**
   * How to look again at a server that is refused with the options as last built. Only a list of authorities
   * that the config has calls for it.
   */
  secondLooks(): readonly SecondLook[] {
    const options = this.options()
    if (this.#ca === undefined || !options.rejectUnauthorized) return []
    const material = this.#known
    const trusted = certificatesOf(material.ca)
    const namesakes = withoutNamesakes(trusted).map((list) => ({
      ...options,
      after: 'CERT_SIGNATURE_FAILURE',
      secureContext: this.#context(list, material),
    }))
    const accepts = pinnedServers(trusted)
    return [
      ...namesakes,
      { ...options, after: 'INVALID_PURPOSE', rejectUnauthorized: false, accepts },
    ]
  }

  #context(trusted: readonly string[], { cert, key }: Material): SecureContext {
    const { min_version: min, max_version: max } = this.#config
    const minVersion = versions[min]
    const maxVersion = versions[max]
    return createSecureContext({
      ca: [...trusted],
      // Go trusts whatever is in the list: an intermediate authority, or the server's certificate itself.
      allowPartialTrustChain: true,
      ...(cert === '' ? {} : { cert, key }),
      ...(minVersion === undefined ? {} : { minVersion }),
      ...(maxVersion === undefined ? {} : { maxVersion }),
      ciphers: ciphersFor(min),
    })
  }
}

/** OpenSSL's level of security: Go takes RSA keys of 1024 bits, and TLS before 1.2 is there at level 0 only. */
function ciphersFor(min: TlsVersion): string {
  if (min === 'TLS10' || min === 'TLS11') return 'DEFAULT@SECLEVEL=0'
  return DEFAULT_CIPHERS.includes('@SECLEVEL') ? DEFAULT_CIPHERS : `${DEFAULT_CIPHERS}:@SECLEVEL=1`
}

function identity(name: string): Pick<TlsOptions, 'servername' | 'checkServerIdentity'> {
  if (name === '') return { checkServerIdentity: faultOfIdentity }
  const isAddress = net.isIP(name.replace(/^\[|\]$/g, '')) !== 0
  return {
    // An address may not be sent as a server name (RFC 6066), but it can be what the certificate is for.
    servername: isAddress ? '' : name.replace(/\.+$/, ''),
    checkServerIdentity: (_, cert) => faultOfIdentity(name, cert),
  }
}

function readNow(what: string, source: SecretSource | undefined): string | undefined {
  return source === undefined ? '' : wrapErrors(what, () => source.readNow())
}

async function read(
  what: string,
  source: SecretSource | undefined,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  try {
    return await source?.read(signal)
  } catch (error) {
    if (signal?.aborted) throw error
    return wrapErrors(what, () => {
      throw error
    })
  }
}
