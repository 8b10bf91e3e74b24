import { X509Certificate } from 'node:crypto'
import net from 'node:net'
import {
  checkServerIdentity,
  createSecureContext,
  type PeerCertificate,
  type SecureContext,
  type SecureVersion,
} from 'node:tls'
import type { Environment } from '../environment.js'
import { HttpConfigError } from '../errors.js'
import { wrapErrors, type SecretSource, secretSource } from '../secret-source.js'
import { systemRoots } from './system-roots.js'
import type { TlsConfig, TlsVersion } from '../section/tls.js'

/** The options of node:tls that a `tls_config` comes to; plain node:https agents take them too. */
export interface TlsOptions {
  readonly secureContext: SecureContext
  readonly rejectUnauthorized: boolean
  readonly servername?: string
  readonly checkServerIdentity?: (host: string, cert: PeerCertificate) => Error | undefined
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
  #material: Material
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
    this.#material = {
      ca: wrapErrors('unable to read CA cert', () => this.#ca?.readNow() ?? ''),
      cert: wrapErrors('unable to read specified client cert', () => this.#cert?.readNow() ?? ''),
      key: wrapErrors('unable to read specified client key', () => this.#key?.readNow() ?? ''),
    }
  }

  /**
   * Reads every file once, so that a config that cannot work is refused at once.
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
    if (source.#ca ?? source.#cert) source.options()
    return source
  }

  /** Grows each time new options were built: a cache of connections compares it. */
  get version(): number {
    return this.#version
  }

  /** The options as last built. */
  options(): TlsOptions {
    this.#options ??= this.#build(this.#material)
    return this.#options
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
    const { ca: oldCa, cert: oldCert, key: oldKey } = this.#material
    if (ca === oldCa && cert === oldCert && key === oldKey) return
    const material = { ca, cert, key }
    this.#options = this.#build(material)
    this.#material = material
    this.#version += 1
  }

  #build({ ca, cert, key }: Material): TlsOptions {
    const { min_version: min, max_version: max, server_name: name } = this.#config
    const trusted = this.#ca === undefined ? systemRoots(this.#environment) : certificatesOf(ca)
    if (trusted.length === 0) {
      throw new HttpConfigError(`unable to use specified CA cert ${this.#ca?.description ?? ''}`)
    }
    const old = min === 'TLS10' || min === 'TLS11'
    const minVersion = versions[min]
    const maxVersion = versions[max]
    const make = (): SecureContext =>
      createSecureContext({
        ca: [...trusted],
        ...(cert === '' ? {} : { cert, key }),
        ...(minVersion === undefined ? {} : { minVersion }),
        ...(maxVersion === undefined ? {} : { maxVersion }),
        // OpenSSL 3 offers TLS before 1.2 only at its lowest security level.
        ...(old ? { ciphers: 'DEFAULT@SECLEVEL=0' } : {}),
      })
    const secureContext =
      cert === ''
        ? make()
        : wrapErrors(
            `unable to use specified client cert (${this.#cert?.description ?? ''}) & key (${this.#key?.description ?? ''})`,
            make,
          )
    return {
      secureContext,
      rejectUnauthorized: !this.#config.insecure_skip_verify,
      ...serverName(name),
    }
  }
}

function serverName(name: string): Pick<TlsOptions, 'servername' | 'checkServerIdentity'> {
  if (name === '') return {}
  if (net.isIP(name) === 0) return { servername: name }
  // An address may not be sent as a server name (RFC 6066), but it can be what the certificate is for.
  return { checkServerIdentity: (_, cert) => checkServerIdentity(name, cert) }
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
