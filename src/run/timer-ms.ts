// Node's timers take 24.8 days at most, and fire at once when they are asked for more.
const longestTimerMs = 2 ** 31 - 1

/** A wait in milliseconds, `Infinity` included, as a timer can take it: 24.8 days at most. */
export function timerMs(ms: number): number {
  return Math.min(ms, longestTimerMs)
}
