import { Counter, type Registry } from 'prom-client'
import { Observable } from 'rxjs'
import {
  type Discoverer,
  type DiscovererContext,
  type Labels,
  type PollAnswer,
  type ProvisionalAnswer,
  refresh,
  RefreshError,
} from '../../discovery/index.js'
import {
  createHttpClient,
  type HttpClient,
  type HttpClientConfig,
  type HttpClientOptions,
} from '../../http/index.js'
import type { Type } from '../../yaml/index.js'
import { type Api, createApi, type Refusal } from './api.js'
import { MemoryBudget } from './memory.js'
import { createStreamApi, type StreamApi } from './stream-api.js'
import { SharedLabels } from './shared-labels.js'
import type { MechanismFactory, MechanismOptions } from './mechanism.js'

/** The key that every mechanism which polls over HTTP has. */
export interface PolledConfig {
  /** Milliseconds from the start of one poll to the start of the next, and the limit of each request. */
  readonly refresh_interval: number
}

/** A mechanism that polls an API over HTTP: all there is to say about one. */
export type Polled<C extends PolledConfig> = PolledApi<C> &
  Client<C> &
  (Search<C> | { readonly load: LoadSearch<C> })

/** What finds the targets: the exports of a module, or members of the description itself. */
export type Search<C> = OneGroup<C> | Groups<C>

/**
 * Loads what finds the targets when a config names the mechanism, so that nothing of it costs anything
 * before: `() => import('./search.js')`.
 */
export type LoadSearch<C> = () => Promise<Search<C>>

/** Makes the HTTP client of a config, without connecting. @throws where the config cannot work as it is */
type MakeClient<C> = (config: C, options: HttpClientOptions) => HttpClient

/** A section with the keys of the HTTP client says it all; any other says how the client is made. */
type Client<C> = C extends { readonly http: HttpClientConfig }
  ? { readonly client?: MakeClient<C> }
  : { readonly client: MakeClient<C> }

/** What is asked, and how it is named and configured. */
interface PolledApi<C extends PolledConfig> {
  /** `hetzner`; the key of its list is `hetzner_sd_configs`. */
  readonly name: string
  readonly section: Type<C>
  /** Where the API is: paths are appended to it. */
  readonly baseUrl: string | ((config: C) => string)
  /** A counter of failed polls that the mechanism has beside the refresh metrics. */
  readonly failures?: { readonly name: string; readonly help: string }
  /** How long one request may take, in milliseconds; default `refresh_interval`. */
  readonly timeoutMs?: (config: C) => number
  /** The error text for a status of no use, where the API or Prometheus has one of its own. */
  readonly refusal?: (config: C) => Refusal
}

/** Targets that make one group, which is what most APIs come to. */
interface OneGroup<C> {
  /** Finds the label sets of all targets; called for each poll. */
  readonly targets: (api: Api, config: C) => AsyncIterable<Labels>
  /** The name of the group; default that of the mechanism. */
  readonly source?: (config: C) => string
}

/** What a search may take from outside: a number in [0, 1), and the time. */
export type SearchContext = Pick<DiscovererContext, 'random' | 'scheduler'>

/** Finds all groups there are; or says in a finding what could not be had. */
export type FindGroups = (api: Api) => Promise<PollAnswer>

/** Finds groups for an API that says when something changes. */
export interface WatchingSearch<H> {
  /**
   * Finds all groups there are.
   * @param hints what the watch has said since the last poll, if that is enough to know: then a finding with
   * the groups that may have changed is enough, those that are gone without targets
   */
  find(api: Api, hints: readonly H[] | undefined): Promise<PollAnswer | ProvisionalAnswer<H>>
  /**
   * Watches for changes from now on, beside the polls. It starts with the first poll, which has not been
   * answered yet, and is called again, after a while, when it has ended.
   */
  watch(api: StreamApi): AsyncIterable<H>
}

/** Targets in groups, or with something to keep from poll to poll: a token, the last answer. */
interface Groups<C> {
  /** Called for each subscription; what it gives is called for each poll, one after the other. */
  readonly groups: (config: C, context: SearchContext) => FindGroups | WatchingSearch<unknown>
}

/** Makes a mechanism of its description: connections, pace, errors and metrics come from the kit. */
export function polled<C extends PolledConfig>(spec: Polled<C>): MechanismFactory {
  return (options) => {
    const countFailure = failureCounter(spec.failures, options.registry)
    const connect = connector(spec, options)
    return {
      name: spec.name,
      key: `${spec.name}_sd_configs`,
      section: spec.section,
      create(config: C, context) {
        if (!(config.refresh_interval > 0)) {
          throw new RefreshError('refresh_interval must be greater than 0')
        }
        // One that connects to nothing, to hear now what a subscription would only fail with later.
        connect(config)
        return {
          findings: () =>
            new Observable((subscriber) => {
              const client = connect(config)
              const polling = polls(spec, config, context, client, countFailure, options.heapLimit)
              const subscription = polling.findings().subscribe(subscriber)
              return () => {
                subscription.unsubscribe()
                client.close().catch((error: unknown) => {
                  context.logger.warn('Unable to close connections', { err: error })
                })
              }
            }),
        }
      },
    }
  }
}

/** What the polls of one subscription use: a search, with or without a watch. */
type Finder = Pick<WatchingSearch<unknown>, 'find'> & Partial<WatchingSearch<unknown>>

function finderOf<C extends PolledConfig>(
  spec: Polled<C>,
  config: C,
  context: DiscovererContext,
): () => Promise<Finder> {
  let found: Promise<Finder> | undefined
  const load = async (): Promise<Finder> => {
    try {
      const search = 'load' in spec ? await spec.load() : spec
      const groups = groupsOf(search, spec.name, config, context)
      return typeof groups === 'function' ? { find: groups } : groups
    } catch (error) {
      found = undefined
      throw error
    }
  }
  return () => (found ??= load())
}

function groupsOf<C>(
  search: Search<C>,
  name: string,
  config: C,
  context: SearchContext,
): FindGroups | WatchingSearch<unknown> {
  if ('groups' in search) return search.groups(config, context)
  const source = search.source?.(config) ?? name
  return async (api) => {
    const targets = await collect(search.targets(api, config), api)
    return [{ source, labels: {}, targets }]
  }
}

/** What one target takes of a {@link MemoryBudget}, with its labels and its place in a pool. */
const targetWeight = 2

/**
 * The targets of one group, at once: few, unless a server lies.
 * @throws {AnswerError} where the budget has no room for one
 */
export function collectNow(found: Iterable<Labels>, budget: MemoryBudget): readonly Labels[] {
  const targets: Labels[] = []
  for (const labels of found) {
    budget.take(targetWeight)
    targets.push(labels)
  }
  return targets
}

/**
 * All targets of a search, or of a group of it, which does not hold the event loop for long.
 * @param budget that of the whole answer, where this is a part of it
 * @throws {AnswerError} where there is no memory for all of them
 */
export async function collect(
  found: AsyncIterable<Labels> | Iterable<Labels>,
  { turns, signal, maxWeight }: Pick<Api, 'turns' | 'signal' | 'maxWeight'>,
  budget: MemoryBudget = new MemoryBudget(maxWeight),
): Promise<readonly Labels[]> {
  const targets: Labels[] = []
  const shared = new SharedLabels()
  for await (const labels of found) {
    budget.take(targetWeight)
    targets.push(shared.merge(labels))
    if (turns.isOver) {
      await turns.next()
      signal.throwIfAborted()
    }
  }
  return targets
}

function connector<C extends PolledConfig>(
  spec: PolledApi<C> & Client<C>,
  { env, userAgent }: MechanismOptions,
): (config: C) => HttpClient {
  const options = { userAgent, environment: env }
  const make = spec.client ?? ((config: C) => createHttpClient(httpOf(config), options))
  return (config) => make(config, options)
}

function httpOf(config: PolledConfig): HttpClientConfig {
  if ('http' in config) return config.http as HttpClientConfig
  throw new TypeError('a section without the keys of an HTTP client needs `client`')
}

function failureCounter(
  counter: PolledApi<PolledConfig>['failures'],
  registry: Registry,
): () => void {
  if (counter === undefined) return () => undefined
  const failures = new Counter({ ...counter, registers: [registry] })
  return () => failures.inc()
}

/** How long a poll of a mechanism with its own limit may take at least; milliseconds. */
const leastTimeoutMs = 300_000

/** The polls of one subscription. */
function polls<C extends PolledConfig>(
  spec: Polled<C>,
  config: C,
  context: DiscovererContext,
  client: HttpClient,
  countFailure: () => void,
  heapLimit: number | undefined,
): Discoverer {
  const finder = finderOf(spec, config, context)
  const baseUrl = typeof spec.baseUrl === 'string' ? spec.baseUrl : spec.baseUrl(config)
  const refusal = spec.refusal?.(config)
  const timeoutMs = spec.timeoutMs?.(config) ?? config.refresh_interval
  const shared = {
    turns: context.turns,
    now: () => context.scheduler.now(),
    ...(refusal && { refusal }),
    ...(heapLimit !== undefined && { heapLimit }),
  }
  return refresh<unknown>({
    context,
    ...(spec.timeoutMs && { timeoutMs: Math.max(leastTimeoutMs, 2 * timeoutMs) }),
    intervalMs: config.refresh_interval,
    whole: true,
    async watch(signal) {
      const search = await finder()
      signal.throwIfAborted()
      // One for each request, since a watch has no end, and what one may take of answers has.
      const ask: Api['ask'] = async (path, request) =>
        await createApi({ client, baseUrl, timeoutMs, signal, ...shared }).ask(path, request)
      return search.watch?.(
        createStreamApi({
          client,
          baseUrl,
          timeoutMs,
          signal,
          ask,
          countRequest: () => context.countRequest?.(),
        }),
      )
    },
    async poll(signal, hints) {
      let requests = 0
      try {
        const search = await finder()
        signal.throwIfAborted()
        return await search.find(
          createApi({
            client,
            baseUrl,
            timeoutMs,
            signal,
            ...shared,
            onRequest() {
              // The first one is the poll itself, which is counted already.
              if (requests > 0) context.countRequest?.()
              requests += 1
            },
          }),
          hints,
        )
      } catch (error) {
        if (!signal.aborted) countFailure()
        throw error
      }
    },
  })
}
