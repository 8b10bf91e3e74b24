import type { GuardStatus } from '../../discovery/guard/drop-guard.js'
import type { ProviderStatus } from '../../discovery/provider/provider-status.js'
import { success } from '../reply/envelope.js'
import type { WebSources } from '../sources.js'
import { apiRoute, type WebRoute } from './route.js'

/**
 * `/api/v1/providers`: how every provider of every discovery manager is doing, and which sets show
 * targets that their providers do not have any more.
 */
export function providersRoute(discovery: WebSources['discovery']): WebRoute {
  const managers = ['scrape', 'notify'] as const
  return apiRoute('/providers', (c) =>
    success(c, {
      providers: managers.flatMap((manager) =>
        discovery[manager].providers().map((status) => ({ manager, ...shownProvider(status) })),
      ),
      guarded: managers.flatMap((manager) =>
        discovery[manager].guarded().map((status) => ({ manager, ...shownGuard(status) })),
      ),
    }),
  )
}

/** A provider, as the API shows it. */
export function shownProvider(status: ProviderStatus): object {
  const { lastError } = status
  return {
    name: status.name,
    mechanism: status.mechanism,
    sets: status.sets,
    state: status.state,
    lastSuccess: time(status.lastSuccess),
    lastError:
      lastError === undefined
        ? null
        : { message: lastError.message, kind: lastError.kind, at: time(lastError.at) },
    consecutiveFailures: status.consecutiveFailures,
    failures: status.failures,
    nextTry: time(status.nextTry),
    groups: status.groups,
    targets: status.targets,
    updates: status.updates,
    requests: status.requests,
    staleSince: time(status.staleSince),
  }
}

/** A set of which the guard keeps targets, as the API shows it. */
export function shownGuard({ since, ...status }: GuardStatus): object {
  return { ...status, since: time(since) }
}

function time(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString()
}
