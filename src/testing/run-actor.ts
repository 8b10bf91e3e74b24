import type { Actor, Outcome } from '../run/index.js'

/** One actor that runs without a group. */
export interface RunningActor {
  /** How `execute` ended; never rejects. */
  readonly outcome: Promise<Outcome>
  /** Whether `execute` has settled. */
  readonly isOver: boolean
  /**
   * Interrupts it as a group would, once, and waits for `interrupt` and `execute`.
   * @throws what `interrupt` throws or rejects with
   */
  stop(reason?: unknown): Promise<Outcome>
  [Symbol.asyncDispose](): Promise<void>
}

/** Runs one actor alone, so that a test can look at it from outside. */
export function runActor(actor: Actor): RunningActor {
  let isOver = false
  let stopping: Promise<Outcome> | undefined
  const outcome = outcomeOf(actor).finally(() => {
    isOver = true
  })
  const interrupt = async (reason: unknown): Promise<Outcome> => {
    await actor.interrupt(reason)
    return outcome
  }
  const stop = (reason?: unknown): Promise<Outcome> => {
    stopping ??= interrupt(reason)
    return stopping
  }
  return {
    outcome,
    get isOver() {
      return isOver
    },
    stop,
    async [Symbol.asyncDispose]() {
      await stop()
    },
  }
}

async function outcomeOf(actor: Actor): Promise<Outcome> {
  try {
    await actor.execute()
    return { ok: true }
  } catch (error) {
    return { ok: false, error }
  }
}
