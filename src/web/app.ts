import type { IncomingMessage } from 'node:http'
import { Hono, type MiddlewareHandler } from 'hono'
import { Gauge, type Registry } from 'prom-client'
import { endWith, ignoreElements, map, merge, type Observable, takeUntil } from 'rxjs'
import { Completeness } from '../outputs/index.js'
import type { AllocationSource } from '../allocation/source.js'
import type { Logger } from '../telemetry/index.js'
import { checkCount, checkMs } from '../waiting/option.js'
import type { PoolChange } from '../scrape/index.js'
import type { TargetSearch } from '../scrape/search/index.js'
import { Turns } from '../waiting/turns.js'
import type { WebApp, WebContext, WebEnv } from './context.js'
import { ListCache } from './lists/list-cache.js'
import { cors } from './middleware/cors.js'
import { requestMetrics } from './middleware/metrics.js'
import { requireReady } from './middleware/ready.js'
import { outside, stripPrefix } from './middleware/route-prefix.js'
import { type Assets } from './pages/assets.js'
import { pageRoutes } from './pages/pages.js'
import { ListPush } from './push/list-push.js'
import { Readers } from './readers.js'
import { replyText } from './reply/reply.js'
import { allocationRoutes } from './routes/allocation.js'
import { alertmanagersRoute } from './routes/alertmanagers.js'
import { EventStreams } from './routes/event-streams.js'
import { discoveryGroupsRoute } from './routes/discovery-groups.js'
import { eventsRoute } from './routes/events.js'
import { guardRoutes } from './routes/guard.js'
import { healthRoutes } from './routes/health.js'
import { httpSdRoute } from './routes/http-sd.js'
import { lifecycleRoutes } from './routes/lifecycle.js'
import { MemberWarnings } from './routes/member-warnings.js'
import { metricsRoute } from './routes/metrics.js'
import type { OwnOrigin } from './routes/own-origin.js'
import { outputsRoute } from './routes/outputs.js'
import { overviewRoute } from './routes/overview.js'
import { poolRoutes } from './routes/pools.js'
import { providersRoute } from './routes/providers.js'
import { relabelRoute } from './routes/relabel.js'
import { relayRoutes } from './routes/relay.js'
import type { WebRoute } from './routes/route.js'
import { searchRoutes } from './routes/search.js'
import { type ProcessInfo, statusRoutes } from './routes/status.js'
import { targetAllocatorRoutes } from './routes/target-allocator.js'
import { targetsRoute } from './routes/targets.js'
import type { WebSources } from './sources.js'

/** What {@link createApp} serves. */
export interface AppOptions {
  readonly sources: WebSources
  readonly logger: Logger
  /** Where the web server's own metrics are registered, and what `/metrics` shows. */
  readonly registry: Registry
  readonly process: ProcessInfo
  /** Where long bodies take their time from; the process should have one. Left out: one of its own. */
  readonly turns?: Turns
  /** The script and the style of the pages; without them the pages are plain, and still work. */
  readonly assets?: Assets
  /** What the pages call this muster; default: the host name. */
  readonly name?: string
  /** Begins every route: `/` or `/some/path`. */
  readonly routePrefix: string
  readonly enableLifecycle: boolean
  /** Which pages may send requests that make the daemon do something. */
  readonly isOwnOrigin: OwnOrigin
  /** Whether pages of this origin may read the API. */
  readonly corsOrigin: (origin: string) => boolean
  /** Differs from process to process: part of every entity tag. */
  readonly instance: string
  /**
   * How long after a list of `/http_sd/<job>` was first asked for it is given without the targets of providers
   * that have never answered; milliseconds. Default `Infinity`: the answer is a 503 until all have answered.
   */
  readonly httpSdIncompleteAfterMs?: number
  /** How the Target Allocator's routes answer, which are there when `sources.allocation` is. */
  readonly allocator?: AllocatorAnswers
  /** Bytes that the compressed target lists that are kept may take; default 128 MiB. */
  readonly listBytes?: number
  /** No request waits longer for a change of its list than this; milliseconds, default 300,000. */
  readonly maxWaitMs?: number
  /** Runs before everything else: authentication, security headers. */
  readonly protect?: MiddlewareHandler<WebEnv>
}

/** How the Target Allocator's routes answer. */
export interface AllocatorAnswers {
  /** Whether the connection shows who the client is, so that it may see secrets. Default: none does. */
  readonly isVerified?: (request: IncomingMessage) => boolean
  /** Whether all clients may see secrets. Default false. */
  readonly insecureSecrets?: boolean
  /** Whether a list for an unknown member is a 404, where it would be empty. Default false. */
  readonly strict?: boolean
}

// About three lists of a million targets.
const defaultListBytes = 128 * 1024 * 1024

/**
 * Every route of the server.
 * @throws {OptionError} unless `listBytes` is a whole number, 0 or more, and `httpSdIncompleteAfterMs` a time
 */
export function createApp(options: AppOptions): WebApp {
  const { sources, logger, routePrefix, turns = new Turns() } = options
  checkCount('listBytes', options.listBytes, 0)
  checkMs('httpSdIncompleteAfterMs', options.httpSdIncompleteAfterMs)
  checkMs('maxWaitMs', options.maxWaitMs)
  const counted = requestMetrics(options.registry, sources.readiness)
  const app = new Hono<WebEnv>({ getPath: (request) => stripPrefix(request.url, routePrefix) })
  app.use(async (c, next) => {
    c.set('sent', { bytes: 0 })
    c.set('turns', turns)
    c.set('report', (error) => {
      logger.error('Answer broken off', { path: c.req.path, err: error })
    })
    await next()
  })
  if (options.protect !== undefined) app.use(options.protect)

  const allowOrigin = cors(options.corsOrigin)
  const whenReady = requireReady(sources.readiness)
  app.use('/api/v1/*', allowOrigin)
  for (const route of routes(options, turns)) {
    const stages: MiddlewareHandler<WebEnv>[] = [counted(route.path)]
    if (route.needsReady === true) stages.push(whenReady)
    app.on([...route.methods], [route.path], ...stages, route.handle)
    app.all(route.path, (c) => {
      c.header('Allow', [...route.methods, 'OPTIONS'].join(', '))
      return replyText(c, 405, 'Method Not Allowed\n')
    })
  }
  // Relative, so that it holds behind a proxy that adds a path of its own.
  app.get(outside.root, (c) => c.redirect(`${routePrefix.slice(1)}/`))
  app.get(outside.bare, (c) =>
    c.redirect(`${routePrefix.slice(routePrefix.lastIndexOf('/') + 1)}/`),
  )
  app.notFound((c) => replyText(c, 404, '404 page not found\n'))
  app.onError((error, c) => {
    // A client that goes away in the middle of its request is not an error of this server.
    const level = c.env.incoming.readableAborted ? 'debug' : 'error'
    logger[level]('Request failed', { path: c.req.path, err: error })
    return replyText(c, 500, 'Internal Server Error\n')
  })
  return app
}

function routes(options: AppOptions, turns: Turns): readonly WebRoute[] {
  const { sources, instance, isOwnOrigin, logger } = options
  const actions = { enabled: options.enableLifecycle, isOwnOrigin }
  const readers = new Readers({ now: options.process.now })
  const cache = new ListCache(options.listBytes ?? defaultListBytes)
  const completeness = new Completeness({
    sources,
    now: options.process.now,
    incompleteAfterMs: options.httpSdIncompleteAfterMs,
  })
  const push = new ListPush({
    changes: changesOf(sources),
    cache,
    readers,
    turns,
    ...(options.maxWaitMs !== undefined && { maxWaitMs: options.maxWaitMs }),
    report: (err) => logger.error('Change of a list not passed on', { err }),
  })
  new Gauge({
    name: 'muster_web_held_requests',
    help: 'Number of requests that wait for a list to change, and of streams of lists.',
    registers: [options.registry],
    collect() {
      this.set(push.heldCount)
    },
  })
  return [
    ...pageRoutes({
      sources,
      actions,
      readers,
      process: options.process,
      name: options.name ?? options.process.hostname,
      assets: options.assets ?? new Map(),
    }),
    ...healthRoutes(sources),
    ...lifecycleRoutes(sources, actions),
    ...guardRoutes(sources.discovery, actions),
    metricsRoute(options.registry),
    targetsRoute(sources.pools, cache, instance),
    ...poolRoutes(sources.pools),
    alertmanagersRoute(sources.alertmanagers),
    providersRoute(sources.discovery),
    discoveryGroupsRoute(sources, options.process.now),
    ...statusRoutes(sources, options.process),
    outputsRoute(sources, readers, push),
    httpSdRoute(sources, completeness, push, instance),
    eventsRoute(sources.events, new EventStreams()),
    ...(sources.allocation === undefined
      ? []
      : routesOfAllocator(options, sources.allocation, { cache, push })),
    ...(sources.search === undefined ? [] : routesOfSearch(options, sources.search)),
    ...(sources.allocation === undefined ? [] : allocationRoutes(sources.allocation)),
    ...(sources.relay === undefined ? [] : relayRoutes(sources.relay, isOwnOrigin)),
  ]
}

/** Which lists may be others: those of a pool, and the shares of its targets; until the pools are over. */
function changesOf({ pools, allocation }: WebSources): Observable<PoolChange> | undefined {
  const { changes } = pools
  if (changes === undefined || allocation === undefined) return changes
  const shares = allocation.changes.pipe(
    map(({ job }) => ({ pool: job })),
    takeUntil(changes.pipe(ignoreElements(), endWith(undefined))),
  )
  return merge(changes, shares)
}

function routesOfAllocator(
  options: AppOptions,
  allocation: AllocationSource,
  given: { readonly cache: ListCache; readonly push: ListPush },
): readonly WebRoute[] {
  const { sources, instance, routePrefix, logger, registry, allocator = {} } = options
  const { isVerified, insecureSecrets = false, strict = false } = allocator
  return targetAllocatorRoutes({
    sources,
    allocation,
    completeness: new Completeness({
      sources: {
        discovery: sources.discovery,
        isSettled: (job) => sources.isSettled(job) && allocation.isSettled(job),
      },
      now: options.process.now,
      incompleteAfterMs: options.httpSdIncompleteAfterMs,
    }),
    ...given,
    instance,
    routePrefix,
    warnings: new MemberWarnings(logger, registry),
    strict,
    maySeeSecrets: (c: WebContext) => insecureSecrets || isVerified?.(c.env.incoming) === true,
  })
}

/** Those of the search, which come last: one of them takes every path below `/api/v1/targets/`. */
function routesOfSearch(options: AppOptions, search: TargetSearch): readonly WebRoute[] {
  const { sources, instance, isOwnOrigin, process } = options
  return [
    overviewRoute(sources, search, process.now),
    relabelRoute(search, isOwnOrigin),
    ...searchRoutes(search, sources.pools, instance),
  ]
}
