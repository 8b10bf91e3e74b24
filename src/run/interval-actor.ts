import { abortable } from './abortable.js'
import type { Actor } from './actor.js'
import { checkMs, timerMs } from './timer-ms.js'

/** How {@link intervalActor} waits. */
export interface IntervalActorOptions {
  /** Milliseconds from the start of one run to the start of the next; at most 24.8 days. */
  readonly everyMs: number
  /** Waits so long before the first run too. Default: it runs at once. */
  readonly waitFirst?: boolean
  /**
   * Takes what a run throws; the next run follows as usual. Without it an error ends the actor, and so its group.
   */
  readonly onError?: (error: unknown) => void
}

/**
 * Work that is done again and again. Runs never overlap: one that takes longer than `everyMs` is followed
 * by the next a millisecond later, and what was missed in between is not made up for. The interrupt ends the wait, and
 * aborts the signal of a run in progress.
 * @throws GroupUsageError when `everyMs` is negative or NaN
 */
export function intervalActor(
  name: string,
  options: IntervalActorOptions,
  work: (signal: AbortSignal) => Promise<void> | void,
): Actor {
  const { everyMs, waitFirst = false, onError } = options
  checkMs(`intervalActor "${name}": everyMs`, everyMs)
  return abortable(name, async (signal) => {
    if (waitFirst) await wait(everyMs, signal)
    while (!signal.aborted) {
      const started = performance.now()
      try {
        await work(signal)
      } catch (error) {
        if (onError === undefined || signal.aborted) throw error
        onError(error)
      }
      await wait(Math.max(0, everyMs - (performance.now() - started)), signal)
    }
  })
}

function wait(ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, timerMs(ms))
    signal.addEventListener('abort', end, { once: true })
  })
}
