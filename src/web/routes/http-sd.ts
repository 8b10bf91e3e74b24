import type { WebContext } from '../context.js'
import { listBody } from '../lists/list-body.js'
import type { ListCache } from '../lists/list-cache.js'
import { weakEtag } from '../reply/etag.js'
import { applicationJson, replyLong, replyText } from '../reply/reply.js'
import type { PoolView, SdStage, WebSources } from '../sources.js'
import type { Completeness } from './completeness.js'
import type { WebRoute } from './route.js'

const prefix = '/http_sd/'

/**
 * `/http_sd/<job>?stage=relabeled|raw&names=utf8|legacy`: the targets of one job for Prometheus' own
 * `http_sd_configs`. The job's name is percent-encoded. A Prometheus before 3 refuses a whole answer for
 * one label with a name like `a.b`: `names=legacy` leaves such labels out. While the list is not complete the answer is a 503, with the reason.
 */
export function httpSdRoute(
  sources: WebSources,
  completeness: Completeness,
  cache: ListCache,
  instance: string,
): WebRoute {
  return {
    methods: ['GET'],
    path: `${prefix}*`,
    needsReady: true,
    handle: (c) => {
      const job = jobOf(c)
      if (job === undefined) return replyText(c, 400, 'the job name is not percent-encoded UTF-8\n')
      const stage = stageOf(c)
      if (stage === undefined) return replyText(c, 400, 'stage must be relabeled or raw\n')
      const names = c.req.query('names') ?? 'utf8'
      if (names !== 'utf8' && names !== 'legacy') {
        return replyText(c, 400, 'names must be utf8 or legacy\n')
      }
      const pool = sources.pools.pool(job)
      if (pool === undefined) return replyText(c, 404, `no job is called ${JSON.stringify(job)}\n`)
      const missing = completeness.missing(pool)
      if (missing !== undefined) {
        c.header('Retry-After', String(missing.retryAfterSeconds))
        return replyText(c, 503, `${missing.reason}\n`)
      }
      const kind = names === 'legacy' ? (`${stage} legacy` as const) : stage
      return reply(c, pool, kind, cache, instance)
    },
  }
}

function reply(
  c: WebContext,
  pool: PoolView,
  kind: SdStage | `${SdStage} legacy`,
  cache: ListCache,
  instance: string,
): Promise<Response> {
  const etag = weakEtag([instance, pool.name, pool.version, kind])
  const body = listBody(() => ['[', [pool.list(kind)], ']'], cache)
  return replyLong(c, { contentType: applicationJson, etag, body })
}

/** Everything after the prefix, slashes included: a job may be called `a/b`. */
function jobOf(c: WebContext): string | undefined {
  try {
    return decodeURIComponent(c.req.path.slice(prefix.length))
  } catch {
    return undefined
  }
}

function stageOf(c: WebContext): SdStage | undefined {
  const stage = c.req.query('stage') ?? 'relabeled'
  return stage === 'relabeled' || stage === 'raw' ? stage : undefined
}
