import type { Actor } from './actor.js'
import { ActorError } from './errors.js'
import type { Gate } from './gate.js'
import type { Blocker } from './report.js'

/** How an actor takes part in a group. */
export interface AddOptions {
  /** It starts when all of these are open; without any it starts with the group. */
  readonly after?: Gate | readonly Gate[]
  /** The gate the actor opens when it is ready: makes the `ready` event. */
  readonly ready?: Gate
  /** Its interrupt waits until these actors (by name, of the same group) are done or given up. */
  readonly stopAfter?: readonly string[]
  /** Milliseconds from its interrupt until the group gives it up. Without it: for ever. */
  readonly stopTimeoutMs?: number
}

/** An actor that has actors inside: its own blockers are shown in reports. */
interface Nested {
  blockers(): readonly Blocker[]
}

/** One actor's place in a group: where in its life it is. */
export class Member {
  readonly actor: Actor
  readonly options: AddOptions
  startedAt: number | undefined
  interruptedAt: number | undefined
  executing = false
  interrupting = false
  /** Settled, or never started, or given up: the group no longer waits for it. */
  done = false
  givenUp = false
  deadline: NodeJS.Timeout | undefined

  constructor(actor: Actor, options: AddOptions) {
    this.actor = actor
    this.options = options
  }

  get gates(): readonly Gate[] {
    const after = this.options.after ?? []
    return 'open' in after ? [after] : after
  }

  /** Whether it may start: all its gates are open. */
  get mayStart(): boolean {
    return this.options.after === undefined || this.gates.every((gate) => gate.isOpen)
  }

  /** Whether `execute` and `interrupt` have both been called and are both over. */
  get isOver(): boolean {
    return this.interruptedAt !== undefined && !this.executing && !this.interrupting
  }

  /**
   * @param stopping whether the group has begun to stop
   * @param pending those of its `stopAfter` that are not done
   * @param onError told what the actor's own `blockers` throws; there are none inside then
   */
  blocker(
    now: number,
    stopping: boolean,
    pending: readonly string[],
    onError: (error: ActorError) => void,
  ): Blocker {
    const { startedAt, interruptedAt } = this
    return {
      name: this.actor.name,
      state: this.#state(stopping),
      runningMs: startedAt === undefined ? 0 : now - startedAt,
      stoppingMs: interruptedAt === undefined ? undefined : now - interruptedAt,
      waitsFor: startedAt === undefined ? this.#closedGates() : pending,
      within: this.#within(onError),
    }
  }

  #within(onError: (error: ActorError) => void): readonly Blocker[] {
    if (!isNested(this.actor)) return []
    try {
      return [...this.actor.blockers()]
    } catch (error) {
      onError(new ActorError(this.actor.name, 'report', error))
      return []
    }
  }

  #state(stopping: boolean): Blocker['state'] {
    if (this.startedAt === undefined) return 'gated'
    if (this.interruptedAt === undefined) return stopping ? 'queued' : 'running'
    return this.executing ? 'stopping' : 'cleaning'
  }

  #closedGates(): readonly string[] {
    return this.gates.filter((gate) => !gate.isOpen).map((gate) => gate.name)
  }
}

function isNested(actor: Actor): actor is Actor & Nested {
  return 'blockers' in actor && typeof actor.blockers === 'function'
}
