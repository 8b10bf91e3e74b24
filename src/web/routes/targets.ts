import { apiRoute } from './api-route.js'
import type { Route, WebContext } from '../context.js'
import { envelope } from '../reply/envelope.js'
import { weakEtag } from '../reply/etag.js'
import { type BodyPart, listContent } from '../lists/list-content.js'
import type { PackedLists } from '../lists/packed-lists.js'
import { applicationJson, replyLong } from '../reply/reply.js'
import type { PoolSource, PoolView } from '../sources.js'

/**
 * `/api/v1/targets?state=&scrapePool=`: what Prometheus answers, key for key, streamed pool by pool.
 * @param instance another text in every process, so that a restart is not mistaken for no change
 */
export function targetsRoute(source: PoolSource, lists: PackedLists, instance: string): Route {
  return apiRoute('/targets', (c) => {
    const query = readQuery(c)
    const all = source.pools()
    const listed = all.filter((pool) => query.pool === '' || pool.name === query.pool)
    const etag = weakEtag([instance, ...tagParts(query, all, listed)])
    const content = listContent(() => bodyParts(query, all, listed), lists)
    return replyLong(c, { contentType: applicationJson, etag, content })
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

function tagParts(query: Query, all: readonly PoolView[], listed: readonly PoolView[]): string[] {
  const parts = [JSON.stringify(query)]
  for (const pool of listed) parts.push(pool.name, pool.version)
  // The counts are of every pool, whatever the filter says.
  if (query.dropped) for (const pool of all) parts.push(pool.name, String(pool.droppedCount))
  return parts
}

function bodyParts(
  query: Query,
  all: readonly PoolView[],
  listed: readonly PoolView[],
): readonly BodyPart[] {
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
