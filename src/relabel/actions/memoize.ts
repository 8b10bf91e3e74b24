// Enough for the distinct values of a usual label; a label with more is different on every target.
const maxTexts = 4096
// Longer values are rarely seen twice.
const maxLength = 256
// For this many calls a cache that did not help is not used.
const bypassedCalls = 65_536

/**
 * Caches what a function gives for each text. The cache is bounded, and it is bypassed for a while when
 * most texts come only once (an address), so that it costs nothing there.
 */
export function memoize<T extends string | number | boolean | object | null>(
  compute: (value: string) => T,
): (value: string) => T {
  const known = new Map<string, T>()
  let hits = 0
  let bypass = 0
  return (value) => {
    if (bypass > 0) {
      bypass -= 1
      return compute(value)
    }
    const before = known.get(value)
    if (before !== undefined) {
      hits += 1
      return before
    }
    const result = compute(value)
    if (value.length > maxLength) return result
    if (known.size >= maxTexts) {
      if (hits < maxTexts) bypass = bypassedCalls
      known.clear()
      hits = 0
    }
    known.set(value, result)
    return result
  }
}
