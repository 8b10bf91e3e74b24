// Enough for the distinct values of a usual label; a label with more is different on every target.
const maxTexts = 4096
// Longer values are rarely seen twice.
const maxLength = 256
// Results may be much longer than what they were made of.
const maxResultLength = 1024
/** What all of a cache may have together; four thousand long values. */
const maxCharacters = 1 << 20
// For this many calls a cache that did not help is not used.
const bypassedCalls = 65_536

/**
 * Caches what a function gives for each text. The cache is bounded, and it is bypassed for a while when
 * most texts come only once (an address), so that it costs nothing there.
 * @param sizeOf how many characters a result holds; left out: those of a text, and none of others
 */
export function memoize<T extends string | number | boolean | object | null>(
  compute: (value: string) => T,
  sizeOf: (result: T) => number = (result) => (typeof result === 'string' ? result.length : 0),
): (value: string) => T {
  const known = new Map<string, T>()
  let characters = 0
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
    const size = sizeOf(result)
    if (value.length > maxLength || size > maxResultLength) return result
    characters += value.length + size
    if (known.size >= maxTexts || characters > maxCharacters) {
      if (hits < maxTexts) bypass = bypassedCalls
      known.clear()
      hits = 0
      characters = value.length + size
    }
    known.set(value, result)
    return result
  }
}
