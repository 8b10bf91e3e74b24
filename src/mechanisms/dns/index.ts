import { readFile } from 'node:fs/promises'
import type { Registry } from 'prom-client'
import type { Mechanism } from '../../discovery/mechanism.js'
import { type DnsConfig, dnsConfig } from './config.js'
import { dnsDiscoverer } from './discoverer.js'
import { exchange as overNetwork, type Exchange } from './exchange.js'
import { dnsMetrics } from './metrics.js'

export type { DnsConfig } from './config.js'
export { dnsConfig } from './config.js'
export { DnsError } from './errors.js'

/** What the DNS mechanism is built from. */
export interface DnsMechanismOptions {
  readonly registry: Registry
  /** Default `/etc/resolv.conf`; read anew for each lookup. */
  readonly resolvConf?: string
  /** Default 53. */
  readonly port?: number
  /** How a question is put to a server; default over the network. */
  readonly exchange?: Exchange
}

/** Targets from DNS records: `dns_sd_configs`. */
export function dnsMechanism(options: DnsMechanismOptions): Mechanism<DnsConfig> {
  const { registry, resolvConf = '/etc/resolv.conf', port = 53, exchange = overNetwork } = options
  const metrics = dnsMetrics(registry)
  const readConfig = (): Promise<string> => readFile(resolvConf, 'utf8')
  return {
    name: 'dns',
    key: 'dns_sd_configs',
    section: dnsConfig,
    create: (config, context) =>
      dnsDiscoverer(
        config,
        context,
        { readConfig, exchange, port, random: context.random },
        metrics,
      ),
  }
}
