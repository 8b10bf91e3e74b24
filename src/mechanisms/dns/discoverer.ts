import type { Discoverer, DiscovererContext } from '../../discovery/mechanism.js'
import { refresh } from '../../discovery/refresh/refresh.js'
import type { TargetGroup } from '../../discovery/groups/target-group.js'
import { lookUp, type LookupParts } from './lookup.js'
import type { DnsMetrics } from './metrics.js'
import { type DnsConfig, recordTypeOf } from './section.js'
import { groupOf } from './targets.js'

/** How many names are looked up at a time: each takes a socket. */
const width = 100

/**
 * Looks up all names at each refresh. A name that fails keeps its group; the poll as a whole does not
 * fail then, but the provider's health shows the error.
 */
export function dnsDiscoverer(
  config: DnsConfig,
  context: DiscovererContext,
  parts: Omit<LookupParts, 'logger'>,
  metrics: DnsMetrics,
): Discoverer {
  const { logger } = context
  const find = lookups(config, { ...parts, logger }, metrics)
  return refresh({
    context,
    intervalMs: config.refresh_interval,
    async poll(signal) {
      const groups: TargetGroup[] = []
      const errors: unknown[] = []
      const names = config.names.values()
      const lookUpNext = async (): Promise<void> => {
        for (const name of names) {
          try {
            groups.push(await find(name, signal))
          } catch (error) {
            signal.throwIfAborted()
            logger.error('Error refreshing DNS targets', { err: error })
            errors.push(error)
          }
        }
      }
      const { length } = config.names
      await Promise.all(Array.from({ length: Math.min(width, length) }, lookUpNext))
      return errors.length === 0 ? groups : { groups, trouble: { error: errors[0] } }
    },
  })
}

/** The counted lookup of one name: gives its target group, or rejects with a DnsError. */
function lookups(
  config: DnsConfig,
  parts: LookupParts,
  metrics: DnsMetrics,
): (name: string, signal: AbortSignal) => Promise<TargetGroup> {
  const type = recordTypeOf(config) ?? 'SRV'
  return async (name, signal) => {
    try {
      const records = await lookUp(name, type, parts, signal)
      return groupOf(name, config.port, records, parts.logger)
    } catch (error) {
      if (!signal.aborted) metrics.failures.inc()
      throw error
    } finally {
      metrics.lookups.inc()
    }
  }
}
