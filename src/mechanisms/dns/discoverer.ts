import { Observable } from 'rxjs'
import type { Discoverer } from '../../discovery/mechanism.js'
import type { DiscovererContext } from '../../discovery/mechanism.js'
import { refresh } from '../../discovery/refresh/refresh.js'
import { sameGroup } from '../../discovery/groups/same-group.js'
import type { TargetGroup } from '../../discovery/groups/target-group.js'
import type { DnsConfig } from './config.js'
import type { LookupParts } from './lookup.js'
import type { DnsMetrics } from './metrics.js'
import { DnsPoller } from './poller.js'

/**
 * Looks all names up again and again, and emits the groups that are not as they were. A name that
 * fails keeps its group; the poll as a whole does not fail then, but the provider's health says so.
 */
export function dnsDiscoverer(
  config: DnsConfig,
  context: DiscovererContext,
  parts: Omit<LookupParts, 'logger'>,
  metrics: DnsMetrics,
): Discoverer {
  const poller = new DnsPoller(config, context, parts, metrics)
  const intervalMs = config.refresh_interval
  return {
    groups: () =>
      new Observable((subscriber) => {
        const known = new Map<string, TargetGroup>()
        let isFirst = true
        let error: unknown
        let nextTry = 0
        const poll = async (signal: AbortSignal): Promise<readonly TargetGroup[]> => {
          nextTry = context.scheduler.now() + intervalMs
          const round = await poller.poll(signal)
          error = round.errors[0]
          return round.groups
        }
        const next = (groups: readonly TargetGroup[]): void => {
          const changed = groups.filter((group) => !isKnown(group, known))
          for (const group of changed) known.set(group.source, group)
          if (error !== undefined) context.reportPartial?.()
          if (isFirst || changed.length > 0) subscriber.next(changed)
          else if (error === undefined) context.reportHealthy()
          isFirst = false
          // Groups are good news for a provider, so that the bad news comes after them.
          if (error !== undefined) context.reportError(error, nextTry)
        }
        return refresh({ intervalMs, context, poll })
          .groups()
          .subscribe({ next, error: (e: unknown) => subscriber.error(e) })
      }),
  }
}

function isKnown(group: TargetGroup, known: ReadonlyMap<string, TargetGroup>): boolean {
  const before = known.get(group.source)
  return before !== undefined && sameGroup(before, group)
}
