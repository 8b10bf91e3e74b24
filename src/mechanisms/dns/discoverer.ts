import type { Discoverer, DiscovererContext } from '../../discovery/mechanism.js'
import { refresh } from '../../discovery/refresh/refresh.js'
import type { DnsConfig } from './config.js'
import type { LookupParts } from './lookup.js'
import type { DnsMetrics } from './metrics.js'
import { DnsPoller } from './poller.js'

/**
 * Looks all names up again and again. A name that fails keeps its group; the poll as a whole does not
 * fail then, but the provider's health says so.
 */
export function dnsDiscoverer(
  config: DnsConfig,
  context: DiscovererContext,
  parts: Omit<LookupParts, 'logger'>,
  metrics: DnsMetrics,
): Discoverer {
  const poller = new DnsPoller(config, context, parts, metrics)
  return refresh({
    context,
    intervalMs: config.refresh_interval,
    async poll(signal) {
      const { groups, errors } = await poller.poll(signal)
      return errors.length === 0 ? groups : { groups, trouble: { error: errors[0] } }
    },
  })
}
