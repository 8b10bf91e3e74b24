import type { SchedulerLike } from 'rxjs'
import type { ConsulAnswer, ConsulClient, ConsulRequest } from './client.js'
import type { Connections } from './connections.js'
import { ConsulError } from './errors.js'
import type { FollowOptions } from './follow.js'
import type { ConsulCall, ConsulMetrics } from './metrics.js'
import { longestMs } from './send.js'
import type { Tide } from './change-signal.js'

/** A request that does not wait for a change is given up after this time. */
const shortMs = 30_000
/** A connection that is not to be had is refused within this time. */
const refusalMs = 2_000

type Ask = FollowOptions<unknown>['ask']
type RequestAt = (index: number) => ConsulRequest

/** What requests of one link go through. */
export interface AskerParts {
  /** For short requests and the few watches that everything rests on. */
  readonly client: ConsulClient
  /** For waiting requests: its connections never take those of short ones away. */
  readonly waitingClient: ConsulClient
  readonly connections: Connections
  readonly tide: Tide
  readonly metrics: ConsulMetrics
  readonly scheduler: SchedulerLike
}

/** Makes the requests of watches: over which connection, with what account of them. */
export class Asker {
  readonly #parts: AskerParts

  constructor(parts: AskerParts) {
    this.#parts = parts
  }

  /** For the few watches that everything rests on: they wait whenever they can. */
  direct(requestAt: RequestAt, call?: ConsulCall): Ask {
    const { client } = this.#parts
    return (index, signal) =>
      index === 0
        ? this.#short(requestAt, signal, call)
        : this.#wait(client, requestAt, index, signal, call)
  }

  /**
   * For watches there are many of: a blocking query each while there are connections for it, else a
   * short one whenever something may have changed.
   */
  shared(requestAt: RequestAt, call: ConsulCall): Ask {
    const { waitingClient, connections, tide } = this.#parts
    let level = 0
    let isFresh = true
    return async (index, signal) => {
      if (index === 0) {
        isFresh = true
        return this.#short(requestAt, signal, call)
      }
      // At a start, first answers come before long waits, and those begin a few at a time.
      await connections.lanes.queueEmpty(signal)
      if (isFresh) await connections.entrance.pass(signal)
      isFresh = false
      if (!connections.isFull) return this.#wait(waitingClient, requestAt, index, signal, call)
      level = await tide.above(level, signal)
      return this.#short(requestAt, signal, call)
    }
  }

  /** Waits for a change, or asks for the state of now when there is no connection to wait on. */
  async #wait(
    client: ConsulClient,
    requestAt: RequestAt,
    index: number,
    signal: AbortSignal,
    call?: ConsulCall,
  ): Promise<ConsulAnswer> {
    const { connections, scheduler } = this.#parts
    const start = scheduler.now()
    try {
      const wait = (): Promise<ConsulAnswer> => client.get(requestAt(index), longestMs, signal)
      return await this.#counted(call, signal, () => connections.hold(wait))
    } catch (error) {
      const isQuick = scheduler.now() - start < refusalMs
      if (signal.aborted || !isQuick || !mayBeLimit(error)) throw error
      // A Consul that answers all the same, over a connection that stands, lives and has a limit.
      const answer = await this.#short(requestAt, signal, call)
      connections.refused()
      return answer
    }
  }

  async #short(
    requestAt: RequestAt,
    signal: AbortSignal,
    call?: ConsulCall,
  ): Promise<ConsulAnswer> {
    const { client, connections } = this.#parts
    const ask = (): Promise<ConsulAnswer> =>
      connections.lanes.run(
        () => this.#counted(call, signal, () => client.get(requestAt(0), shortMs, signal)),
        signal,
      )
    try {
      return await ask()
    } catch (error) {
      if (signal.aborted || !connections.isLimited || !mayBeLimit(error)) throw error
      // Somebody else has taken more of the connections there are: make do with fewer.
      connections.lanes.halveLimit()
      return ask()
    }
  }

  /** Counts what a request took and whether it failed; one that was given up does not count. */
  async #counted<T>(
    call: ConsulCall | undefined,
    signal: AbortSignal,
    request: () => Promise<T>,
  ): Promise<T> {
    const { metrics, scheduler } = this.#parts
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

/** Closed at once, or told so: how Consul and the system refuse one connection too many. */
function mayBeLimit(error: unknown): boolean {
  if (!(error instanceof ConsulError)) return false
  return error.fault === 'network' || (error.status === 429 && /connection/i.test(error.message))
}
