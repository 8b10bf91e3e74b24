import { Counter, type Registry } from 'prom-client'
import { Observable } from 'rxjs'
import {
  type Discoverer,
  type DiscovererContext,
  type Finding,
  type Labels,
  refresh,
  RefreshError,
  type TargetGroup,
} from '../../discovery/index.js'
import { createHttpClient, type HttpClient, type HttpClientConfig } from '../../http/index.js'
import type { Turns } from '../../waiting/turns.js'
import type { Type } from '../../yaml/index.js'
import { type Api, createApi, type Refusal } from './api.js'
import type { MechanismFactory, MechanismOptions } from './mechanism.js'

/** The keys that every mechanism which polls over HTTP has. */
export interface PolledConfig {
  readonly http: HttpClientConfig
  /** Milliseconds from the start of one poll to the start of the next, and the limit of each request. */
  readonly refresh_interval: number
}

/** A mechanism that polls an API over HTTP: all there is to say about one. */
export type Polled<C extends PolledConfig> = PolledApi<C> & (OneGroup<C> | Groups<C>)

/** What is asked, and how it is named and configured. */
interface PolledApi<C extends PolledConfig> {
  /** `hetzner`; the key of its list is `hetzner_sd_configs`. */
  readonly name: string
  readonly section: Type<C>
  /** Where the API is: paths are appended to it. */
  readonly baseUrl: string | ((config: C) => string)
  /** A counter of failed polls that the mechanism has beside the refresh metrics. */
  readonly failures?: { readonly name: string; readonly help: string }
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

/** Finds all groups there are; or says in a finding what could not be had. */
export type FindGroups = (api: Api) => Promise<readonly TargetGroup[] | Finding>

/** Targets in groups, or with something to keep from poll to poll: a token, the last answer. */
interface Groups<C> {
  /** Called for each subscription; what it gives is called for each poll, one after the other. */
  readonly groups: (config: C) => FindGroups
}

/** Makes a mechanism of its description: connections, pace, errors and metrics come from the kit. */
export function polled<C extends PolledConfig>(spec: Polled<C>): MechanismFactory {
  return (options) => {
    const countFailure = failureCounter(spec.failures, options.registry)
    return {
      name: spec.name,
      key: `${spec.name}_sd_configs`,
      section: spec.section,
      create(config: C, context) {
        if (!(config.refresh_interval > 0)) {
          throw new RefreshError('refresh_interval must be greater than 0')
        }
        // One that connects to nothing, to hear now what a subscription would only fail with later.
        connect(config, options)
        return {
          findings: () =>
            new Observable((subscriber) => {
              const client = connect(config, options)
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

function groupsOf<C extends PolledConfig>(spec: Polled<C>, config: C, turns: Turns): FindGroups {
  if ('groups' in spec) return spec.groups(config)
  const source = spec.source?.(config) ?? spec.name
  return async (api) => {
    const targets: Labels[] = []
    for await (const labels of spec.targets(api, config)) {
      targets.push(labels)
      if (turns.isOver) {
        await turns.next()
        api.signal.throwIfAborted()
      }
    }
    return [{ source, labels: {}, targets }]
  }
}

function connect(config: PolledConfig, { env, userAgent }: MechanismOptions): HttpClient {
  return createHttpClient(config.http, { userAgent, environment: env })
}

function failureCounter(counter: Polled<PolledConfig>['failures'], registry: Registry): () => void {
  if (counter === undefined) return () => undefined
  const failures = new Counter({ ...counter, registers: [registry] })
  return () => failures.inc()
}

/** The polls of one subscription. */
function polls<C extends PolledConfig>(
  spec: Polled<C>,
  config: C,
  context: DiscovererContext,
  client: HttpClient,
  countFailure: () => void,
  heapLimit: number | undefined,
): Discoverer {
  const find = groupsOf(spec, config, context.turns)
  const baseUrl = typeof spec.baseUrl === 'string' ? spec.baseUrl : spec.baseUrl(config)
  const refusal = spec.refusal?.(config)
  return refresh({
    context,
    intervalMs: config.refresh_interval,
    whole: true,
    async poll(signal) {
      let requests = 0
      try {
        return await find(
          createApi({
            client,
            baseUrl,
            timeoutMs: config.refresh_interval,
            signal,
            turns: context.turns,
            ...(refusal && { refusal }),
            ...(heapLimit !== undefined && { heapLimit }),
            onRequest() {
              // The first one is the poll itself, which is counted already.
              if (requests > 0) context.countRequest?.()
              requests += 1
            },
          }),
        )
      } catch (error) {
        if (!signal.aborted) countFailure()
        throw error
      }
    },
  })
}
