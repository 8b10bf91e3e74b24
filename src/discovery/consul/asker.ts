import type { SchedulerLike } from 'rxjs'
import type { ConsulAnswer, ConsulClient, ConsulRequest } from './client.js'
import { type Connections, CrowdedOut } from './connections.js'
import { ConsulError } from './errors.js'
import type { FollowOptions } from './follow.js'
import type { ConsulCall, ConsulMetrics } from './metrics.js'
import { longestMs } from './send.js'
import type { Tide } from './tide.js'

/** A request that does not wait for a change is given up after this time. */
const shortMs = 30_000

type Ask = FollowOptions<unknown>['ask']
type RequestAt = (index: number) => ConsulRequest

/** What requests of one link go through. */
export interface AskerParts {
  readonly client: ConsulClient
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

  /** For the few watches that everything rests on: each has a connection of its own. */
  direct(requestAt: RequestAt, call?: ConsulCall): Ask {
    return (index, signal) =>
      index === 0
        ? this.#short(requestAt, signal, call)
        : this.#get(requestAt(index), longestMs, signal, call)
  }

  /**
   * For watches there are many of: a blocking query each while there are connections for it, else a
   * short one whenever something may have changed.
   */
  shared(requestAt: RequestAt, call: ConsulCall): Ask {
    const { connections, tide } = this.#parts
    let level = 0
    return async (index, signal) => {
      if (index !== 0) {
        try {
          const ask = (own: AbortSignal): Promise<ConsulAnswer> =>
            this.#get(requestAt(index), longestMs, own, call)
          return await connections.wait(ask, signal)
        } catch (error) {
          if (!(error instanceof CrowdedOut)) throw error
        }
        tide.start()
        level = await tide.above(level, signal)
      }
      return this.#short(requestAt, signal, call)
    }
  }

  #short(requestAt: RequestAt, signal: AbortSignal, call?: ConsulCall): Promise<ConsulAnswer> {
    return this.#parts.connections.lanes.run(
      () => this.#get(requestAt(0), shortMs, signal, call),
      signal,
    )
  }

  async #get(
    request: ConsulRequest,
    timeoutMs: number,
    signal: AbortSignal,
    call: ConsulCall | undefined,
  ): Promise<ConsulAnswer> {
    const { client, connections, metrics, scheduler } = this.#parts
    const start = scheduler.now()
    const account = (): void => {
      if (call !== undefined) metrics.observe(call, (scheduler.now() - start) / 1000)
    }
    try {
      const answer = await client.get(request, timeoutMs, signal)
      account()
      return answer
    } catch (error) {
      if (signal.aborted) throw error
      account()
      metrics.failed()
      if (mayBeLimit(error)) connections.suspect()
      throw error
    }
  }
}

/** Closed at once, or told so: how Consul and the system refuse one connection too many. */
function mayBeLimit(error: unknown): boolean {
  if (!(error instanceof ConsulError)) return false
  return error.fault === 'network' || (error.status === 429 && /connection/i.test(error.message))
}
