// Enough for the distinct values of a usual label; a label with more is different on every target.
const limit = 4096
// Longer values are rarely seen twice, and would be held for nothing.
const longest = 256
// How long a memo that did not help stays away.
const pause = 65_536

/**
 * Remembers what a function gave for each text. It holds a bounded number of texts, and steps aside
 * where most of them come only once (an address), so that it costs nothing there.
 */
export function memoize<T extends string | number | boolean | object | null>(
  compute: (value: string) => T,
): (value: string) => T {
  const known = new Map<string, T>()
  let hits = 0
  let away = 0
  return (value) => {
    if (away > 0) {
      away -= 1
      return compute(value)
    }
    const before = known.get(value)
    if (before !== undefined) {
      hits += 1
      return before
    }
    const result = compute(value)
    if (value.length > longest) return result
    if (known.size >= limit) {
      if (hits < limit) away = pause
      known.clear()
      hits = 0
    }
    known.set(value, result)
    return result
  }
}
