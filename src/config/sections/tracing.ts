import { type TlsConfig, tlsConfig } from '../../http/index.js'
import {
  bool,
  type Decoding,
  duration,
  field,
  float,
  map,
  struct,
  text,
  textual,
  type Type,
} from '../../yaml/index.js'
import { faultsOfHeaders, tracingAuthorization } from './reserved-headers.js'

/** The `tracing` section; muster checks it and sends no traces. */
export interface TracingConfig {
  readonly client_type: string
  readonly endpoint: string
  readonly sampling_fraction: number
  readonly insecure: boolean
  readonly tls_config: TlsConfig
  readonly headers: Readonly<Record<string, string>>
  readonly compression: string
  readonly timeout: number
}

const clientType: Type<string> = textual(
  'config.plain',
  () => '',
  (written) => {
    if (written === 'http' || written === 'grpc') return written
    throw new Error(`expected tracing client type to be to be http or grpc, but got ${written}`)
  },
  (value) => value,
)

function check(value: TracingConfig, at: Decoding): void {
  for (const [header, message] of faultsOfHeaders(value.headers, tracingAuthorization)) {
    at.failAt(at.places.of(value.headers, header) ?? at.place(), message)
  }
  if (value.endpoint === '') at.failKey('endpoint', 'tracing endpoint must be set')
  if (value.compression !== '' && value.compression !== 'gzip') {
    at.failKey(
      'compression',
      `invalid compression type ${value.compression} provided, valid options: gzip`,
    )
  }
}

export const tracingSection: Type<TracingConfig> = struct(
  'config.plain',
  {
    client_type: field(clientType, 'grpc'),
    endpoint: field(text),
    sampling_fraction: field(float),
    insecure: field(bool),
    tls_config: field(tlsConfig),
    headers: field(map(text)),
    compression: field(text),
    timeout: field(duration),
  },
  check,
)

/** What a file without the section has: nothing. */
export function noTracing(): TracingConfig {
  return tracingSection.zero()
}
