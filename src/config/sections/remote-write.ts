import { type HttpClientConfig, httpClientConfigWith, url } from '../../http/index.js'
import type { RelabelRule } from '../../relabel/index.js'
import {
  bool,
  checkedByKey,
  type Decoding,
  duration,
  field,
  inline,
  map,
  optional,
  struct,
  text,
  textual,
  type Type,
} from '../../yaml/index.js'
import { type AzureAdConfig, azureAd } from './azure-ad.js'
import { faultsOfHeaders, remoteAuthorization } from './reserved-headers.js'
import { metadata, type MetadataConfig, queue, type QueueConfig } from './remote-queue.js'
import { relabelRules } from './relabel-rules.js'
import { type SigV4Config, sigV4 } from './sigv4.js'

/** An element of `remote_write`; muster checks it and sends no samples. */
export interface RemoteWriteConfig {
  readonly url: string
  readonly remote_timeout: number
  readonly headers: Readonly<Record<string, string>>
  readonly write_relabel_configs: readonly RelabelRule[]
  readonly name: string
  readonly send_exemplars: boolean
  readonly send_native_histograms: boolean
  readonly round_robin_dns: boolean
  readonly protobuf_message: string
  readonly http: HttpClientConfig
  readonly queue_config: QueueConfig
  readonly metadata_config: MetadataConfig
  readonly sigv4: SigV4Config | undefined
  readonly azuread: AzureAdConfig | undefined
  readonly google_iam: { readonly credentials_file: string } | undefined
}

const messages = ['prometheus.WriteRequest', 'io.prometheus.write.v2.Request']

const protobufMessage: Type<string> = textual(
  'remote.WriteMessageType',
  () => '',
  (written) => {
    if (messages.includes(written)) return written
    throw new Error(
      `invalid protobuf_message value: unknown type for remote write protobuf message ${written}, supported: ${messages.join(', ')}`,
    )
  },
  (value) => value,
)

// Unlike elsewhere, HTTP/2 is off unless asked for.
const remoteHttpClient = httpClientConfigWith({ enable_http2: false })

function check(
  value: RemoteWriteConfig,
  at: Decoding,
  isSound: (...keys: readonly (keyof RemoteWriteConfig)[]) => boolean,
): void {
  if (value.url === '' && isSound('url')) at.failKey('url', 'url for remote_write is empty')
  for (const [header, message] of faultsOfHeaders(value.headers, remoteAuthorization)) {
    at.failAt(at.places.of(value.headers, header) ?? at.place(), message)
  }
  const ways = [
    value.http.basic_auth && 'basic_auth',
    value.http.authorization && 'authorization',
    value.http.oauth2 && 'oauth2',
    value.sigv4 && 'sigv4',
    value.azuread && 'azuread',
    value.google_iam && 'google_iam',
  ].filter((name) => name !== undefined)
  if (ways.length > 1) {
    at.fail(
      `at most one of basic_auth, authorization, oauth2, sigv4, azuread or google_iam must be configured. Currently configured: [${ways.join(' ')}]`,
    )
  }
}

export const remoteWrite: Type<RemoteWriteConfig> = checkedByKey(
  struct('config.plain', {
    url: field(url, '', { always: true }),
    remote_timeout: field(duration, 30_000),
    headers: field(map(text)),
    write_relabel_configs: field(
      relabelRules('empty or null relabeling rule in remote write config'),
    ),
    name: field(text),
    send_exemplars: field(bool),
    send_native_histograms: field(bool),
    round_robin_dns: field(bool),
    protobuf_message: field(protobufMessage, 'prometheus.WriteRequest'),
    http: inline(remoteHttpClient),
    queue_config: field(queue, queue.defaults()),
    metadata_config: field(metadata, metadata.defaults()),
    sigv4: field(optional(sigV4)),
    azuread: field(optional(azureAd)),
    google_iam: field(optional(struct('googleiam.Config', { credentials_file: field(text) }))),
  }),
  check,
)
