import type { WebContext } from '../context.js'
import { listBody, type TextOrLists } from '../lists/list-body.js'
import type { ListCache } from '../lists/list-cache.js'
import { envelope } from '../reply/envelope.js'
import { weakEtag } from '../reply/etag.js'
import { applicationJson, replyLong } from '../reply/reply.js'
import type { PoolSource, PoolView } from '../sources.js'
import { apiRoute, type WebRoute } from './route.js'

/**
 * `/api/v1/targets?state=&scrapePool=`: what Prometheus answers, key for key, streamed pool by pool.
 * @param instance another text in every process, so that a restart is not mistaken for no change
 */
export function targetsRoute(source: PoolSource, cache: ListCache, instance: string): WebRoute {
  return apiRoute('/targets', (c) => {
    const query = readQuery(c)
    const all = source.pools()
    const listed = all.filter((pool) => query.pool === '' || pool.name === query.pool)
    const etag = weakEtag([instance, ...versionTexts(query, all, listed)])
    const body = listBody(() => content(query, all, listed), cache)
    return replyLong(c, { contentType: applicationJson, etag, body })
  })
}

interface Query {
  readonly active: boolean
  readonly dropped: boolean
  readonly pool: string
}

function readQuery(c: WebContext): Query {
  const state = (c.req.query('state') ?? '').toLowerCase()
  const isBoth = state === '' || state === 'any'
  return {
    active: isBoth || state === 'active',
    dropped: isBoth || state === 'dropped',
    pool: c.req.query('scrapePool') ?? '',
  }
}

/** Everything that decides the body. */
function versionTexts(
  query: Query,
  all: readonly PoolView[],
  listed: readonly PoolView[],
): readonly string[] {
  const texts = [JSON.stringify(query)]
  for (const pool of listed) texts.push(pool.name, pool.version)
  // The counts are of every pool, whatever the filter says.
  if (query.dropped) for (const pool of all) texts.push(pool.name, String(pool.droppedCount))
  return texts
}

function content(
  query: Query,
  all: readonly PoolView[],
  listed: readonly PoolView[],
): readonly TextOrLists[] {
  const counts = query.dropped
    ? `{${all.map((pool) => `${JSON.stringify(pool.name)}:${String(pool.droppedCount)}`).join(',')}}`
    : 'null'
  return [
    `${envelope.before}{"activeTargets":[`,
    query.active ? listed.map((pool) => pool.list('active')) : [],
    '],"droppedTargets":[',
    query.dropped ? listed.map((pool) => pool.list('dropped')) : [],
    `],"droppedTargetCounts":${counts}}${envelope.after}`,
  ]
}
