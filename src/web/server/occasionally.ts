/** At most one report in this many milliseconds. */
const pauseMs = 10_000

/**
 * Wraps a report of something that can happen many times in a moment: the first time it is called at
 * once, and then with how often it happened meanwhile, but not more often than every ten seconds.
 * @param now milliseconds, from any fixed point
 */
export function occasionally(report: (times: number) => void, now: () => number): () => void {
  let times = 0
  let reportedAt = -Infinity
  return () => {
    times += 1
    if (now() - reportedAt < pauseMs) return
    report(times)
    times = 0
    reportedAt = now()
  }
}
