import type { Steps } from '../../waiting/turns.js'

// A run is sorted, or this many are merged, in a few milliseconds.
const runSize = 2048

/**
 * The order of texts, as indices: equal ones stay in theirs. In steps, since a million takes more than a second.
 */
export function* orderOf(texts: readonly string[]): Steps<Uint32Array> {
  const { length } = texts
  const text = (index: number): string => texts[index] ?? ''
  let order = new Uint32Array(length)
  for (let from = 0; from < length; from += runSize) {
    const run = Array.from({ length: Math.min(runSize, length - from) }, (_, i) => from + i)
    run.sort((a, b) => (text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : a - b))
    order.set(run, from)
    yield
  }
  for (let size = runSize; size < length; size *= 2) {
    const merged = new Uint32Array(length)
    for (let from = 0; from < length; from += 2 * size) {
      const middle = Math.min(from + size, length)
      const end = Math.min(from + 2 * size, length)
      let [left, right] = [from, middle]
      for (let to = from; to < end; to += 1) {
        const takesLeft =
          left < middle && (right >= end || !(text(order[right] ?? 0) < text(order[left] ?? 0)))
        merged[to] = order[takesLeft ? left++ : right++] ?? 0
        if (to % runSize === runSize - 1) yield
      }
    }
    order = merged
  }
  return order
}
