import type { ProviderStatus } from '../../discovery/provider-status.js'
import { apiRoute } from '../api-route.js'
import type { Route } from '../context.js'
import { success } from '../envelope.js'
import type { WebSources } from '../sources.js'

/** How every provider of every discovery manager is doing. */
export function providersRoute(discovery: WebSources['discovery']): Route {
  return apiRoute('/providers', (c) =>
    success(c, {
      providers: (['scrape', 'notify'] as const).flatMap((manager) =>
        discovery[manager].providers().map((status) => ({ manager, ...shown(status) })),
      ),
    }),
  )
}

function shown(status: ProviderStatus): object {
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
  }
}

function time(ms: number | undefined): string | null {
  return ms === undefined ? null : new Date(ms).toISOString()
}
