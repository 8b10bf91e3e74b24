import type { Mechanism } from '../../discovery/mechanism.js'
import { readRegular } from '../../go/read-file.js'
import type { MechanismOptions } from '../kit/mechanism.js'
import { dnsDiscoverer } from './discoverer.js'
import { dnsMetrics } from './metrics.js'
import { type DnsConfig, dnsSection } from './section.js'
import { queryServer } from './query.js'

export { DnsError } from './errors.js'

/** What the DNS mechanism is built from. */
export interface DnsMechanismOptions extends Pick<MechanismOptions, 'registry'> {
  /** Default `/etc/resolv.conf`; read again for each lookup. */
  readonly resolvConf?: string
  /** Where DNS servers listen; default 53. */
  readonly port?: number
}

/** A resolv.conf has some lines; this is far more than any. */
const mostBytes = 1 << 20

/** Targets from DNS records: `dns_sd_configs`. */
export function dnsMechanism(options: DnsMechanismOptions): Mechanism<DnsConfig> {
  const { registry, resolvConf = '/etc/resolv.conf', port = 53 } = options
  const metrics = dnsMetrics(registry)
  const readConfig = async (): Promise<string> =>
    (await readRegular(resolvConf, { limit: mostBytes })).toString('utf8')
  return {
    name: 'dns',
    key: 'dns_sd_configs',
    section: dnsSection,
    create: (config, context) =>
      dnsDiscoverer(
        config,
        context,
        { readConfig, query: queryServer, port, random: context.random },
        metrics,
      ),
  }
}
