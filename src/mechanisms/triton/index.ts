import { type TlsConfig, tlsConfig } from '../../http/index.js'
import { duration, field, int, list, struct, text } from '../../yaml/index.js'
import type { MechanismFactory } from '../kit/mechanism.js'
import { polled } from '../kit/polled.js'
import { refusalFrom } from '../kit/refusal.js'
import { always, minute, requireKeys } from '../kit/section.js'
import * as json from '../kit/shape.js'
import { tlsClient } from '../kit/tls-client.js'

const requires = (what: string): string => `triton SD configuration requires ${what}`

/** One element of `triton_sd_configs`. */
export interface TritonConfig {
  readonly account: string
  /** `container` or `cn`. */
  readonly role: string
  readonly dns_suffix: string
  readonly endpoint: string
  readonly groups: readonly string[]
  readonly port: number
  /** Milliseconds. */
  readonly refresh_interval: number
  readonly tls_config: TlsConfig
  readonly version: number
}

const keys = {
  account: field(text, '', always),
  role: field(text, 'container', always),
  dns_suffix: field(text, '', always),
  endpoint: field(text, '', always),
  groups: field(list(text)),
  port: field(int, 9163, always),
  refresh_interval: field(duration, minute),
  tls_config: field(tlsConfig),
  version: field(int, 1, always),
}

const section = struct('triton.plain', keys, (value, at) => {
  if (value.role !== 'container' && value.role !== 'cn') {
    at.failKey('role', requires("role to be 'container' or 'cn'"))
  }
  requireKeys(value, at, {
    account: requires('an account'),
    dns_suffix: requires('a dns_suffix'),
    endpoint: requires('an endpoint'),
  })
  if (value.refresh_interval <= 0) {
    at.failKey('refresh_interval', requires('RefreshInterval to be a positive integer'))
  }
})

/** `triton_sd_configs`: containers or compute nodes of Triton. */
export const triton: MechanismFactory = polled<TritonConfig>({
  name: 'triton',
  section,
  client: tlsClient,
  baseUrl,
  refusal: () => refusal,
  load: () => import('./search.js'),
})

/** Where the discovery of the container monitor (CMON) is. */
export function baseUrl({ endpoint, port, version }: TritonConfig): string {
  return `https://${endpoint}:${String(port)}/v${String(version)}`
}

/** CMON says what is wrong in a body of its own: https://github.com/TritonDataCenter/triton-cmon. */
const refusal = refusalFrom(json.object({ message: json.text }), ({ message }) => message)
