import {
  labelScopes,
  QueryError,
  rowMarks,
  rowStates,
  SearchBusyError,
  type SearchRequest,
  SearchTimeError,
  type TargetSearch,
} from '../../scrape/search/index.js'
import type { WebContext } from '../context.js'
import { envelope, failure } from '../reply/envelope.js'
import { weakEtag } from '../reply/etag.js'
import { textBody } from '../reply/body.js'
import { applicationJson, replyLong } from '../reply/reply.js'
import type { PoolSource } from '../sources.js'
import { apiRoute, type WebRoute } from './route.js'
import { targetCsv, targetJson } from './target-files.js'

const usualLimit = 50
const mostLimit = 500
const mostFacets = 5
const mostOffset = 10_000_000
/** A download has no more targets than this. */
export const mostDownloaded = 100_000
/** This many are under way at a time: a slow reader keeps one of them. */
const mostDownloads = 4
const downloadFormats = ['json', 'csv'] as const
const contentTypes = { json: applicationJson, csv: 'text/csv; charset=utf-8' } as const
const targetPrefix = '/api/v1/targets/'

/**
 * `GET /api/v1/targets/search`, `GET /api/v1/targets/download` for all that is found as a file, and
 * `GET /api/v1/targets/<job>/<id>` for one target.
 * @param instance another text in every process, so that a restart is not mistaken for no change
 */
export function searchRoutes(
  search: TargetSearch,
  pools: PoolSource,
  instance: string,
): readonly WebRoute[] {
  let downloads = 0
  return [
    apiRoute('/targets/search', async (c) => {
      const request = readRequest(c)
      if (typeof request === 'string') return failure(c, 'bad_data', request)
      return await answeringSearch(c, async (signal) => {
        const started = performance.now()
        const answer = await search.search(request, signal)
        const tookMs = Math.round((performance.now() - started) * 10) / 10
        const etag = weakEtag([instance, answer.version, JSON.stringify(request)])
        return await json(c, { ...answer, tookMs }, etag)
      })
    }),
    apiRoute('/targets/download', async (c) => {
      const request = readRequest(c)
      if (typeof request === 'string') return failure(c, 'bad_data', request)
      const format = oneOf(downloadFormats, c.req.query('format') ?? 'json')
      if (format === undefined) {
        return failure(c, 'bad_data', `format: it is one of ${downloadFormats.join(', ')}`)
      }
      return await answeringSearch(c, async (signal) => {
        if (downloads >= mostDownloads) throw new SearchBusyError()
        downloads += 1
        try {
          const items = await search.read({ ...request, limit: mostDownloaded }, signal)
          c.header('Content-Disposition', `attachment; filename="targets.${format}"`)
          const body = textBody(() => (format === 'csv' ? targetCsv(items) : targetJson(items)))
          return await replyLong(c, { contentType: contentTypes[format], body })
        } finally {
          downloads -= 1
        }
      })
    }),
    {
      methods: ['GET'],
      path: `${targetPrefix}*`,
      needsReady: true,
      handle: async (c) => {
        const [, job, id] = targetPath.exec(c.req.path) ?? []
        const name = job === undefined ? undefined : decoded(job)
        if (name === undefined || id === undefined) {
          return failure(c, 'not_found', 'the path is /api/v1/targets/<job>/<id of 12 hex digits>')
        }
        return await answeringSearch(c, async (signal) => {
          const found = await search.target(name, id, signal)
          if (found === undefined) {
            return failure(c, 'not_found', `no target of this job has the id ${id}`)
          }
          const labels = found.item.discoveredLabels ?? {}
          const steps: unknown = await pools.relabelSteps(name, labels)
          const places = pools.rulePlaces?.(name) ?? []
          return await json(c, { ...found.item, group: found.group, steps, places })
        })
      },
    },
  ]
}

const targetPath = /^\/api\/v1\/targets\/(.+)\/([0-9a-f]{12})$/

/** Answers what a search finds, or why it cannot. When the client goes away the work ends. */
export async function answeringSearch(
  c: WebContext,
  answer: (signal: AbortSignal) => Promise<Response>,
): Promise<Response> {
  const gone = new AbortController()
  c.env.outgoing.once('close', () => gone.abort())
  try {
    return await answer(gone.signal)
  } catch (error) {
    if (error instanceof QueryError) {
      const { message, from, to } = error
      return failure(c, 'bad_data', `q: ${message}`, { position: { from, to } })
    }
    if (error instanceof SearchBusyError) {
      c.header('Retry-After', '1')
      return failure(c, 'busy', error.message)
    }
    if (error instanceof SearchTimeError) return failure(c, 'execution', error.message)
    // No client reads this answer any more.
    if (gone.signal.aborted) return failure(c, 'unavailable', 'the client has gone away')
    throw error
  }
}

async function json(c: WebContext, data: unknown, etag?: string): Promise<Response> {
  const text = `${envelope.before}${JSON.stringify(data)}${envelope.after}`
  const body = textBody(() => [text])
  return await replyLong(c, { contentType: applicationJson, body, ...(etag && { etag }) })
}

/** What is asked for; a text where it says something that cannot be. */
function readRequest(c: WebContext): SearchRequest | string {
  const scope = oneOf(labelScopes, c.req.query('in') ?? 'all')
  if (scope === undefined) return `in: it is one of ${labelScopes.join(', ')}`
  const known = [...rowStates, ...rowMarks]
  const asked = c.req.queries('state')?.flatMap((one) => one.split(',')) ?? []
  const states = asked.filter((one) => one !== '').map((one) => oneOf(known, one))
  if (states.includes(undefined)) return `state: it is one of ${known.join(', ')}`
  const offset = count(c, 'offset', 0, mostOffset)
  const limit = count(c, 'limit', usualLimit, mostLimit)
  if (offset === undefined) return `offset: it is a number up to ${String(mostOffset)}`
  if (limit === undefined) return `limit: it is a number up to ${String(mostLimit)}`
  if ((c.req.query('member') ?? '') !== '')
    return 'member: this muster shares its targets with no others'
  const facets = c.req.queries('facet') ?? []
  if (facets.length > mostFacets) return `facet: there are ${String(mostFacets)} at most`
  const group = c.req.query('group') ?? ''
  return {
    q: c.req.query('q') ?? '',
    pools: (c.req.queries('pool') ?? []).filter((name) => name !== ''),
    states: states.filter((one) => one !== undefined),
    scope,
    sort: c.req.query('sort') ?? '',
    offset,
    limit,
    ...(group !== '' && { group }),
    facets,
  }
}

function oneOf<T extends string>(known: readonly T[], text: string): T | undefined {
  return known.find((one) => one === text)
}

function count(c: WebContext, name: string, initial: number, most: number): number | undefined {
  const text = c.req.query(name) ?? ''
  if (text === '') return initial
  return /^[0-9]{1,8}$/.test(text) && Number(text) <= most ? Number(text) : undefined
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch {
    return undefined
  }
}
