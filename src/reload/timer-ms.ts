import { ReloadUsageError } from './errors.js'

// As in muster-sd/run, of which this imports nothing: Node's timers take 24.8 days at most, and fire at
// once when they are asked for more.
const longestTimerMs = 2 ** 31 - 1

/** A wait in milliseconds, `Infinity` included, as a timer can take it: 24.8 days at most. */
export function timerMs(ms: number): number {
  return Math.min(ms, longestTimerMs)
}

/**
 * Checks a wait that was given as an option: a timer takes NaN for one millisecond.
 * @param what names it in the error
 * @throws ReloadUsageError unless it is left out, or a number of 0 or more
 */
export function checkMs(what: string, ms: number | undefined): void {
  if (ms === undefined || (typeof ms === 'number' && ms >= 0)) return
  throw new ReloadUsageError(`${what} is ${String(ms)}: give milliseconds, 0 or more`)
}
