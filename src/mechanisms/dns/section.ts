import {
  type Decoding,
  duration,
  field,
  int,
  list,
  struct,
  type StructType,
  text,
} from '../../yaml/index.js'
import { always, second } from '../kit/section.js'

/** The record types that can be asked for. */
export const recordTypes = ['SRV', 'A', 'AAAA', 'MX', 'NS'] as const
export type RecordType = (typeof recordTypes)[number]

/** One element of `dns_sd_configs`, as read and checked. */
export interface DnsConfig {
  readonly names: readonly string[]
  /** Milliseconds. */
  readonly refresh_interval: number
  /** One of {@link recordTypes}, upper or lower case as written. */
  readonly type: string
  /** The port of targets whose record has none: of all types but SRV. */
  readonly port: number
}

/** The record type that a config asks for; undefined when there is none of that name. */
export function recordTypeOf(config: DnsConfig): RecordType | undefined {
  const type = config.type.toUpperCase()
  return recordTypes.find((known) => known === type)
}

function check(config: DnsConfig, at: Decoding): void {
  if (config.names.length === 0) {
    at.failKey('names', 'DNS-SD config must contain at least one SRV record name')
    return
  }
  const type = recordTypeOf(config)
  if (type === undefined) at.failKey('type', `invalid DNS-SD records type ${config.type}`)
  else if (type !== 'SRV' && config.port === 0) {
    at.failKey('port', 'a port is required in DNS-SD configs for all record types except SRV')
  }
}

/** How one element of `dns_sd_configs` is read, checked and printed. */
export const dnsSection: StructType<DnsConfig> = struct(
  'dns.SDConfig',
  {
    names: field(list(text), [], always),
    refresh_interval: field(duration, 30 * second),
    type: field(text, 'SRV', always),
    port: field(int, 0, always),
  },
  check,
)
