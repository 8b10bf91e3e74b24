import {
  bool,
  type Decoding,
  field,
  filePath,
  type Secret,
  secret,
  struct,
  type StructType,
  text,
  textual,
  type Type,
} from '../../yaml/index.js'

/** A TLS version as configs name it; empty for the default. */
export type TlsVersion = '' | 'TLS10' | 'TLS11' | 'TLS12' | 'TLS13'

/** `tls_config`: how a client proves itself and whom it trusts. Of each trio at most one is set. */
export interface TlsConfig {
  readonly ca: string
  readonly cert: string
  readonly key: Secret
  readonly ca_file: string
  readonly cert_file: string
  readonly key_file: string
  readonly ca_ref: string
  readonly cert_ref: string
  readonly key_ref: string
  readonly server_name: string
  readonly insecure_skip_verify: boolean
  readonly min_version: TlsVersion
  readonly max_version: TlsVersion
}

const versions: readonly TlsVersion[] = ['TLS10', 'TLS11', 'TLS12', 'TLS13']

/** One of `TLS10` to `TLS13`. */
export const tlsVersion: Type<TlsVersion> = textual<TlsVersion>(
  'string',
  () => '',
  (written) => {
    const found = versions.find((version) => version === written)
    if (found === undefined) throw new Error(`unknown TLS version: ${written}`)
    return found
  },
  (value) => value,
)

/** How many of these are set. */
export function countSet(...values: readonly (string | Secret | undefined)[]): number {
  return values.filter((value) =>
    typeof value === 'object' ? !value.isEmpty : value !== undefined && value !== '',
  ).length
}

function check(value: TlsConfig, at: Decoding): void {
  if (countSet(value.ca, value.ca_file, value.ca_ref) > 1) {
    at.fail('at most one of ca, ca_file & ca_ref must be configured')
    return
  }
  const certs = countSet(value.cert, value.cert_file, value.cert_ref)
  const keys = countSet(value.key, value.key_file, value.key_ref)
  if (certs > 1) at.fail('at most one of cert, cert_file & cert_ref must be configured')
  else if (keys > 1) at.fail('at most one of key and key_file must be configured')
  else if (certs > 0 && keys === 0) {
    at.fail(
      'exactly one of key or key_file must be configured when a client certificate is configured',
    )
  } else if (keys > 0 && certs === 0) {
    at.fail('exactly one of cert or cert_file must be configured when a client key is configured')
  }
}

/** The `tls_config` section, checked as it is read. */
export const tlsConfig: StructType<TlsConfig> = struct(
  'config.plain',
  {
    ca: field(text),
    cert: field(text),
    key: field(secret),
    ca_file: field(filePath),
    cert_file: field(filePath),
    key_file: field(filePath),
    ca_ref: field(text),
    cert_ref: field(text),
    key_ref: field(text),
    server_name: field(text),
    insecure_skip_verify: field(bool, false, { always: true }),
    min_version: field(tlsVersion),
    max_version: field(tlsVersion),
  },
  check,
)
