/** Says whether one more request may be answered. */
export type RateLimiter = () => boolean

/**
 * A token bucket as golang.org/x/time/rate has it: full at first, one token more each interval.
 * @param intervalMs 0 or less for no limit
 * @param now a clock in milliseconds
 */
export function rateLimiter(intervalMs: number, burst: number, now: () => number): RateLimiter {
  if (intervalMs <= 0) return () => true
  let tokens = burst
  let last = now()
  return () => {
    const time = now()
    tokens = Math.min(burst, tokens + Math.max(0, time - last) / intervalMs)
    last = time
    if (tokens < 1) return false
    tokens -= 1
    return true
  }
}
