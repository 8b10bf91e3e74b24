import type { AllocationSource } from '../../allocation/source.js'
import { escapeQuery } from '../../go/format-url.js'
import type { Completeness, Missing } from '../../outputs/index.js'
import type { WebContext } from '../context.js'
import { listBody, type TextOrLists } from '../lists/list-body.js'
import type { ListCache } from '../lists/list-cache.js'
import type { ListPush } from '../push/list-push.js'
import type { ServedList } from '../push/served-list.js'
import { textBody } from '../reply/body.js'
import { weakEtag } from '../reply/etag.js'
import { applicationJson, replyLong, replyText } from '../reply/reply.js'
import type { PoolView, WebSources } from '../sources.js'
import { collectorId } from './collector-id.js'
import type { MemberWarnings } from './member-warnings.js'
import type { WebRoute } from './route.js'

export interface TargetAllocatorOptions {
  readonly sources: Pick<WebSources, 'config' | 'pools' | 'readiness'>
  readonly allocation: AllocationSource
  readonly completeness: Completeness
  readonly cache: ListCache
  readonly push: ListPush
  readonly instance: string
  /** `/` or `/some/path`. */
  readonly routePrefix: string
  readonly warnings: MemberWarnings
  /** Whether a list for an unknown member is a 404, where it would be empty. */
  readonly strict: boolean
  /** Whether the answer to a request may have secrets in it. */
  readonly maySeeSecrets: (c: WebContext) => boolean
}

const jobsPath = '/jobs'
const targetsEnd = '/targets'

/**
 * The routes of OpenTelemetry's Target Allocator, for an unchanged collector
 * (`cmd/otel-allocator/internal/server/server.go` of the operator). Where its answers make a collector drop
 * targets that are still there, the answer is a 503 with text: the collector's reading of it fails, and it
 * keeps what it has.
 */
export function targetAllocatorRoutes(options: TargetAllocatorOptions): readonly WebRoute[] {
  const { sources } = options
  const onceReady = (path: string, handle: WebRoute['handle']): WebRoute =>
    get(path, (c) => {
      const state = sources.readiness()
      if (state === 'ready') return handle(c)
      return unavailable(c, { reason: state, retryAfterSeconds: 1 })
    })
  return [
    get('/livez', (c) => replyText(c, 200, '')),
    onceReady('/readyz', (c) => replyText(c, 200, '')),
    onceReady('/scrape_configs', (c) => scrapeConfigs(c, options)),
    onceReady(jobsPath, (c) => jobs(c, options)),
    onceReady(`${jobsPath}/*`, (c) => targets(c, options)),
  ]
}

function get(path: string, handle: WebRoute['handle']): WebRoute {
  return { methods: ['GET'], path, handle }
}

function unavailable(c: WebContext, { reason, retryAfterSeconds }: Missing): Response {
  c.header('Retry-After', String(retryAfterSeconds))
  return replyText(c, 503, `${reason}\n`)
}

function notFound(c: WebContext): Response {
  return replyText(c, 404, '404 page not found\n')
}

/** Browsers are sent to the page that shows the same. */
function pageFor(c: WebContext, page: string): Response | undefined {
  c.header('Vary', 'Accept', { append: true })
  return c.req.header('Accept')?.includes('text/html') === true ? c.redirect(page, 302) : undefined
}

async function scrapeConfigs(
  c: WebContext,
  { sources, instance, warnings, maySeeSecrets }: TargetAllocatorOptions,
): Promise<Response> {
  const page = pageFor(c, 'config')
  if (page !== undefined) return page
  const configs = await sources.config.scrapeConfigs?.()
  if (configs === undefined) return unavailable(c, { reason: 'starting', retryAfterSeconds: 1 })
  const secrets = maySeeSecrets(c) ? 'revealed' : 'hidden'
  if (secrets === 'hidden') warnings.secretsHidden(configs)
  const text = configs[secrets]
  return await replyLong(c, {
    contentType: applicationJson,
    etag: weakEtag([instance, text]),
    body: textBody(() => [text]),
  })
}

function jobs(
  c: WebContext,
  { sources, routePrefix }: TargetAllocatorOptions,
): Response | Promise<Response> {
  const page = pageFor(c, 'targets')
  if (page !== undefined) return page
  const listed = sources.pools.pools().filter(({ activeCount }) => activeCount > 0)
  const links = listed.map(({ name }) => [name, { _link: targetsLink(routePrefix, name) }] as const)
  const text = JSON.stringify(Object.fromEntries(links))
  return replyLong(c, {
    contentType: applicationJson,
    etag: weakEtag([text]),
    body: textBody(() => [text]),
  })
}

function targetsLink(routePrefix: string, job: string): string {
  const prefix = routePrefix === '/' ? '' : routePrefix
  return `${prefix}${jobsPath}/${escapeQuery(job)}${targetsEnd}`
}

async function targets(c: WebContext, options: TargetAllocatorOptions): Promise<Response> {
  const { sources, allocation, completeness, push } = options
  const path = c.req.path.slice(jobsPath.length + 1)
  if (!path.endsWith(targetsEnd)) return notFound(c)
  const job = unescapedQuery(path.slice(0, -targetsEnd.length))
  if (job === undefined) return replyText(c, 400, 'the job name is not query-escaped UTF-8\n')
  c.header('X-Muster-Allocation', allocation.fingerprint)
  const pool = sources.pools.pool(job)
  if (pool === undefined) return replyText(c, 404, `no job is called ${JSON.stringify(job)}\n`)
  const missing = completeness.missing(pool) ?? noMembers(allocation)
  if (missing !== undefined) return unavailable(c, missing)
  const id = collectorId(queryOf(c), (one) => allocation.has(one))
  if (id === undefined) return await everyList(c, pool, options)
  if (allocation.share(job, id) === undefined) return unknownMember(c, id, options)
  const response = await push.reply(c, memberList(job, id, options), 'jobs')
  if (wasSent(c, response)) allocation.fetched(job, id, announcedInterval(c))
  return response
}

function noMembers({ state }: AllocationSource): Missing | undefined {
  if (state === 'ready') return undefined
  const reason =
    state === 'waiting' ? 'the members are not known yet' : 'there is no member to give targets to'
  return { reason, retryAfterSeconds: 5 }
}

function unknownMember(
  c: WebContext,
  member: string,
  { strict, warnings }: TargetAllocatorOptions,
): Response {
  warnings.unknownMember(member)
  c.header('X-Muster-Member', 'unknown')
  if (!strict) return replyText(c, 200, '[]', applicationJson)
  return replyText(c, 404, `no member is called ${JSON.stringify(member)}\n`)
}

/** What one member gets, as its http_sd reads it. */
function memberList(
  job: string,
  member: string,
  { sources, allocation, completeness, instance }: TargetAllocatorOptions,
): ServedList {
  return {
    key: `jobs ${JSON.stringify([job, member])}`,
    job,
    now() {
      const pool = sources.pools.pool(job)
      if (pool === undefined) {
        return { kind: 'unknown', reason: `no job is called ${JSON.stringify(job)}` }
      }
      const missing = completeness.missing(pool) ?? noMembers(allocation)
      if (missing !== undefined) return { kind: 'missing', ...missing }
      const share = allocation.share(job, member)
      if (share === undefined) {
        return { kind: 'unknown', reason: `no member is called ${JSON.stringify(member)}` }
      }
      const { version, parts } = share
      return {
        kind: 'ready',
        etag: weakEtag([instance, job, 'allocated', member, version]),
        list: pool.list('allocated', undefined, { name: member, parts }),
      }
    },
  }
}

/** Whether the client has the list now: a HEAD request gives none, nor does an answer that was broken off. */
function wasSent(c: WebContext, response: Response): boolean {
  if (response.status === 304) return true
  const { statusCode, writableFinished } = c.env.outgoing
  return c.req.method === 'GET' && writableFinished && (statusCode === 200 || statusCode === 304)
}

/** What every member gets: for people. The Target Allocator's own links lead to a path that it does not have. */
function everyList(
  c: WebContext,
  pool: PoolView,
  { allocation, cache, instance, routePrefix }: TargetAllocatorOptions,
): Promise<Response> {
  const link = targetsLink(routePrefix, pool.name)
  const shares = allocation.members().flatMap(({ id }) => {
    const share = allocation.share(pool.name, id)
    return share === undefined ? [] : [{ id, share }]
  })
  const content = (): readonly TextOrLists[] => [
    '{',
    ...shares.flatMap(({ id, share: { parts } }, i): readonly TextOrLists[] => {
      const own = JSON.stringify(`${link}?collector_id=${escapeQuery(id)}`)
      const before = `${i === 0 ? '' : ','}${JSON.stringify(id)}:{"_link":${own},"targets":[`
      return [before, [pool.list('allocated', undefined, { name: id, parts })], ']}']
    }),
    '}',
  ]
  const versions = shares.flatMap(({ id, share: { version } }) => [id, version])
  return replyLong(c, {
    contentType: applicationJson,
    etag: weakEtag([instance, pool.name, 'allocated', ...versions]),
    body: listBody(content, cache),
  })
}

function queryOf(c: WebContext): string {
  const { url } = c.req.raw
  const start = url.indexOf('?')
  return start < 0 ? '' : url.slice(start + 1)
}

/** Go's `url.QueryUnescape`; undefined for what it refuses, and for what is not UTF-8. */
function unescapedQuery(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return undefined
  }
}

/** How often the consumer says that it asks, in milliseconds: Prometheus' http_sd does, and vmagent. */
function announcedInterval(c: WebContext): number | undefined {
  const seconds = Number(c.req.header('X-Prometheus-Refresh-Interval-Seconds') ?? NaN)
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : undefined
}
