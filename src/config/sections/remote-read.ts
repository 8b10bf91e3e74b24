import { type HttpClientConfig, httpClientConfig, url } from '../../http/index.js'
import type { Labels } from '../../labels/index.js'
import {
  bool,
  type Decoding,
  duration,
  field,
  inline,
  map,
  struct,
  text,
  type Type,
  uint64,
} from '../../yaml/index.js'
import { faultsOfHeaders, remoteAuthorization } from './reserved-headers.js'

/** An element of `remote_read`; muster checks it and reads no samples. */
export interface RemoteReadConfig {
  readonly url: string
  readonly remote_timeout: number
  readonly chunked_read_limit: number
  readonly headers: Readonly<Record<string, string>>
  readonly read_recent: boolean
  readonly name: string
  readonly http: HttpClientConfig
  readonly required_matchers: Labels
  readonly filter_external_labels: boolean
}

function check(value: RemoteReadConfig, at: Decoding): void {
  if (value.url === '') at.failKey('url', 'url for remote_read is empty')
  for (const [header, message] of faultsOfHeaders(value.headers, remoteAuthorization)) {
    at.failAt(at.places.of(value.headers, header) ?? at.place(), message)
  }
}

export const remoteRead: Type<RemoteReadConfig> = struct(
  'config.plain',
  {
    url: field(url, '', { always: true }),
    remote_timeout: field(duration, 60_000),
    chunked_read_limit: field(uint64, 50_000_000),
    headers: field(map(text)),
    read_recent: field(bool),
    name: field(text),
    http: inline(httpClientConfig),
    required_matchers: field(map(text)),
    filter_external_labels: field(bool, true),
  },
  check,
)
