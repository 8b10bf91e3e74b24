import type { SchedulerLike } from 'rxjs'
import type { ConsulAnswer, ConsulApi, ConsulRequest } from './api.js'
import type { ChangeSignal } from './change-signal.js'
import { ConsulError } from './errors.js'
import type { ConsulCall, ConsulMetrics } from './metrics.js'
import type { ServerConnections } from './server-connections.js'
import type { Query } from './watch.js'

/** How long an immediate query may take, in milliseconds. */
const immediateTimeoutMs = 30_000
/** How long a blocking one may: two minutes of waiting, what Consul adds to them, and a margin. */
const blockingTimeoutMs = 135_000
/** A connection that is not to be had is refused within this time. */
const refusalMs = 2_000

/** A query of Consul after an index; with an index of 0 it does not block. */
type RequestAt = (index: number) => ConsulRequest

export interface BlockingQueriesOptions {
  /** For immediate queries and the few blocking ones that everything depends on. */
  readonly api: ConsulApi
  /** For all other blocking queries: its connections never take those of immediate ones away. */
  readonly blockingApi: ConsulApi
  readonly connections: ServerConnections
  /** What queries that have no connection to block on wait for. */
  readonly changes: ChangeSignal
  readonly metrics: ConsulMetrics
  readonly scheduler: SchedulerLike
}

/**
 * The queries of watches, blocking where they may: it decides over which connection each is made, and
 * what replaces a blocking query that has none.
 */
export class BlockingQueries {
  readonly #options: BlockingQueriesOptions

  constructor(options: BlockingQueriesOptions) {
    this.#options = options
  }

  /** The query of one of the few watches that everything depends on: it blocks whenever it can. */
  dedicated(requestAt: RequestAt, call?: ConsulCall): Query {
    const { api } = this.#options
    return (index, signal) =>
      index === 0
        ? this.#immediate(requestAt, signal, call)
        : this.#blocking(api, requestAt, index, signal, call)
  }

  /**
   * The query of one of many watches: it blocks while there are connections for that, else it is an
   * immediate one after each change in Consul.
   */
  pooled(requestAt: RequestAt, call: ConsulCall): Query {
    const { blockingApi, connections, changes } = this.#options
    let seenChanges = 0
    let needsConnection = true
    return async (index, signal) => {
      if (index === 0) {
        needsConnection = true
        return this.#immediate(requestAt, signal, call)
      }
      // At a start, first answers come before blocking queries, and those begin a few at a time.
      await connections.pool.queueEmpty(signal)
      if (needsConnection) await connections.throttle.wait(signal)
      needsConnection = false
      if (!connections.isFull) return this.#blocking(blockingApi, requestAt, index, signal, call)
      seenChanges = await changes.after(seenChanges, signal)
      return this.#immediate(requestAt, signal, call)
    }
  }

  /** Waits for a change; where the connection is refused, asks for the current state. */
  async #blocking(
    api: ConsulApi,
    requestAt: RequestAt,
    index: number,
    signal: AbortSignal,
    call?: ConsulCall,
  ): Promise<ConsulAnswer> {
    const { connections, scheduler } = this.#options
    const start = scheduler.now()
    try {
      const query = (): Promise<ConsulAnswer> =>
        api.get(requestAt(index), blockingTimeoutMs, signal)
      return await this.#measured(call, signal, () => connections.runBlocking(query))
    } catch (error) {
      const isQuick = scheduler.now() - start < refusalMs
      if (signal.aborted || !isQuick || !mayBeLimit(error)) throw error
      // A Consul that answers over another connection is alive, and limits connections.
      const answer = await this.#immediate(requestAt, signal, call)
      connections.recordRefusal()
      return answer
    }
  }

  /** Asks for the current state, over the pool of connections. */
  async #immediate(
    requestAt: RequestAt,
    signal: AbortSignal,
    call?: ConsulCall,
  ): Promise<ConsulAnswer> {
    const { api, connections } = this.#options
    const ask = (): Promise<ConsulAnswer> =>
      connections.pool.run(
        () => this.#measured(call, signal, () => api.get(requestAt(0), immediateTimeoutMs, signal)),
        signal,
      )
    try {
      return await ask()
    } catch (error) {
      if (signal.aborted || !connections.isLimited || !mayBeLimit(error)) throw error
      // Another client has taken more of the connections: make do with fewer.
      connections.pool.halveLimit()
      return ask()
    }
  }

  /** Measures how long a request took and whether it failed; one that was aborted does not count. */
  async #measured<T>(
    call: ConsulCall | undefined,
    signal: AbortSignal,
    request: () => Promise<T>,
  ): Promise<T> {
    const { metrics, scheduler } = this.#options
    const start = scheduler.now()
    try {
      return await request()
    } catch (error) {
      if (!signal.aborted) metrics.failed()
      throw error
    } finally {
      if (call !== undefined && !signal.aborted) {
        metrics.observe(call, (scheduler.now() - start) / 1000)
      }
    }
  }
}

/** How Consul and the system refuse one connection too many: by closing it, or with status 429. */
function mayBeLimit(error: unknown): boolean {
  if (!(error instanceof ConsulError)) return false
  return error.fault === 'network' || (error.status === 429 && /connection/i.test(error.message))
}
