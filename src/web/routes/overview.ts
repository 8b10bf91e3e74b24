import { formatReasons } from '../../reload/index.js'
import type { TargetSearch } from '../../scrape/search/index.js'
import { success } from '../reply/envelope.js'
import type { WebSources } from '../sources.js'
import { shownGuard, shownProvider } from './providers.js'
import { apiRoute, type WebRoute } from './route.js'
import { answeringSearch } from './search.js'

const nothing = { active: 0, dropped: 0, failed: 0, held: 0, restored: 0 }

/**
 * `GET /api/v1/overview`: how many targets there are of each state, by job; what is wrong with discovery and with the
 * config; and how many targets came and went in each of the last ten minutes.
 * @param now milliseconds since 1970
 */
export function overviewRoute(
  sources: WebSources,
  search: TargetSearch,
  now: () => number,
): WebRoute {
  return apiRoute('/overview', async (c) => {
    return await answeringSearch(c, async (signal) => {
      const counts = await search.search({ ...everything }, signal)
      const pools = sources.pools.pools()
      const { config, discovery, events } = sources
      const managers = ['scrape', 'notify'] as const
      const failing = managers.flatMap((manager) =>
        discovery[manager]
          .providers()
          .filter(({ state, staleSince }) => isBad.has(state) || staleSince !== undefined)
          .map((status) => ({ manager, ...shownProvider(status) })),
      )
      const guarded = managers.flatMap((manager) =>
        discovery[manager].guarded().map((status) => ({ manager, ...shownGuard(status) })),
      )
      const last = config.lastReload?.()
      const lastSuccessAt = config.lastSuccessAt()
      return await success(c, {
        readiness: sources.readiness(),
        counts: { jobs: pools.length, total: counts.total, ...counts.byState },
        jobs: pools.map(({ name, error = '' }) => ({
          name,
          ...(counts.byPool[name] ?? nothing),
          error,
        })),
        failingProviders: failing,
        guarded,
        reload: {
          ok: config.lastReloadOk(),
          lastSuccess: lastSuccessAt === undefined ? null : new Date(lastSuccessAt).toISOString(),
          error: last === undefined || last.ok ? null : formatReasons(last.reasons),
        },
        changes:
          events?.minutes(now()).map(({ at, added, removed }) => ({
            at: new Date(at).toISOString(),
            added,
            removed,
          })) ?? null,
      })
    })
  })
}

const isBad: ReadonlySet<string> = new Set(['failing', 'failed'])

const everything = {
  q: '',
  pools: [],
  states: [],
  scope: 'all',
  sort: '',
  offset: 0,
  limit: 0,
  facets: [],
} as const
