import { apiRoute } from '../api-route.js'
import type { BodyCache } from '../body-cache.js'
import type { Route, WebContext } from '../context.js'
import { successLong } from '../envelope.js'
import { weakEtag } from '../etag.js'
import type { EntryKind, PoolSource, PoolView } from '../sources.js'

/**
 * `/api/v1/targets?state=&scrapePool=`: what Prometheus answers, key for key, streamed pool by pool.
 * @param instance another text in every process, so that a restart is not mistaken for no change
 */
export function targetsRoute(source: PoolSource, cache: BodyCache, instance: string): Route {
  return apiRoute('/targets', (c) => {
    const query = readQuery(c)
    const all = source.pools()
    const listed = all.filter((pool) => query.pool === '' || pool.name === query.pool)
    const etag = weakEtag([instance, ...tagParts(query, all, listed)])
    const cacheKey = `targets ${JSON.stringify(query)}`
    return successLong(c, () => targetTexts(query, all, listed), { etag, cacheKey }, cache)
  })
}

interface Query {
  readonly active: boolean
  readonly dropped: boolean
  readonly pool: string
}

function readQuery(c: WebContext): Query {
  const state = (c.req.query('state') ?? '').toLowerCase()
  const any = state === '' || state === 'any'
  return {
    active: any || state === 'active',
    dropped: any || state === 'dropped',
    pool: c.req.query('scrapePool') ?? '',
  }
}

function tagParts(query: Query, all: readonly PoolView[], listed: readonly PoolView[]): string[] {
  const parts = [JSON.stringify(query)]
  for (const pool of listed) parts.push(pool.name, pool.version)
  // The counts are of every pool, whatever the filter says.
  if (query.dropped) for (const pool of all) parts.push(pool.name, String(pool.droppedCount))
  return parts
}

/**
 * Everything that is read later is taken hold of now: the answer shows one moment, though sending it
 * may take long.
 */
function targetTexts(
  query: Query,
  all: readonly PoolView[],
  listed: readonly PoolView[],
): Iterable<string> {
  const of = (kind: EntryKind): Iterable<string>[] => listed.map((pool) => pool.entries(kind))
  const active = query.active ? of('active') : []
  const dropped = query.dropped ? of('dropped') : []
  const counts = query.dropped
    ? `{${all.map((pool) => `${JSON.stringify(pool.name)}:${String(pool.droppedCount)}`).join(',')}}`
    : 'null'
  return write(active, dropped, counts)
}

function* write(
  active: readonly Iterable<string>[],
  dropped: readonly Iterable<string>[],
  counts: string,
): Generator<string> {
  yield '{"activeTargets":['
  yield* joined(active)
  yield '],"droppedTargets":['
  yield* joined(dropped)
  yield `],"droppedTargetCounts":${counts}}`
}

/** The texts of all lists, with commas between them. */
export function* joined(lists: readonly Iterable<string>[]): Generator<string> {
  let isFirst = true
  for (const list of lists) {
    for (const text of list) {
      if (text === '') continue
      if (!isFirst) yield ','
      isFirst = false
      yield text
    }
  }
}
