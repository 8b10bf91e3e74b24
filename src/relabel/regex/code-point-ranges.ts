/** Sets of code points as sorted, separate ranges: low, high, low, high, ... */
export type Ranges = readonly number[]

const maxCode = 0x10ffff

export const digits: Ranges = [0x30, 0x39]
export const spaces: Ranges = [0x09, 0x0a, 0x0c, 0x0d, 0x20, 0x20]
export const words: Ranges = [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a]
export const anything: Ranges = [0, maxCode]
export const notNewline: Ranges = [0, 0x09, 0x0b, maxCode]

/** The classes of `[[:name:]]`. */
export const posix: ReadonlyMap<string, Ranges> = new Map([
  ['alnum', [0x30, 0x39, 0x41, 0x5a, 0x61, 0x7a]],
  ['alpha', [0x41, 0x5a, 0x61, 0x7a]],
  ['ascii', [0, 0x7f]],
  ['blank', [0x09, 0x09, 0x20, 0x20]],
  ['cntrl', [0, 0x1f, 0x7f, 0x7f]],
  ['digit', digits],
  ['graph', [0x21, 0x7e]],
  ['lower', [0x61, 0x7a]],
  ['print', [0x20, 0x7e]],
  ['punct', [0x21, 0x2f, 0x3a, 0x40, 0x5b, 0x60, 0x7b, 0x7e]],
  ['space', [0x09, 0x0d, 0x20, 0x20]],
  ['upper', [0x41, 0x5a]],
  ['word', words],
  ['xdigit', [0x30, 0x39, 0x41, 0x46, 0x61, 0x66]],
])

/** Sorts and joins ranges given in any order. */
export function normalize(ranges: Ranges): Ranges {
  const pairs: [number, number][] = []
  for (let i = 0; i < ranges.length; i += 2) pairs.push([ranges[i] ?? 0, ranges[i + 1] ?? 0])
  pairs.sort((a, b) => a[0] - b[0])
  const out: number[] = []
  for (const [low, high] of pairs) {
    const last = out.at(-1)
    if (last !== undefined && low <= last + 1) out[out.length - 1] = Math.max(last, high)
    else out.push(low, high)
  }
  return out
}

/** Every code point that is not in the set. */
export function negate(ranges: Ranges): Ranges {
  const out: number[] = []
  let next = 0
  const sorted = normalize(ranges)
  for (let i = 0; i < sorted.length; i += 2) {
    const low = sorted[i] ?? 0
    if (low > next) out.push(next, low - 1)
    next = (sorted[i + 1] ?? 0) + 1
  }
  if (next <= maxCode) out.push(next, maxCode)
  return out
}

/**
 * The set without regard to case, as Go folds it: `k` takes the Kelvin sign along and `s` the long s.
 * @returns undefined where the set has more than ASCII, whose folding is not known here
 */
export function foldAscii(ranges: Ranges): Ranges | undefined {
  const out = [...ranges]
  for (let i = 0; i < ranges.length; i += 2) {
    const [low = 0, high = 0] = [ranges[i], ranges[i + 1]]
    if (high > 0x7f) return undefined
    for (let code = low; code <= high; code += 1) {
      const lower = code | 0x20
      if (lower < 0x61 || lower > 0x7a) continue
      out.push(code ^ 0x20, code ^ 0x20)
      if (lower === 0x6b) out.push(0x212a, 0x212a)
      if (lower === 0x73) out.push(0x17f, 0x17f)
    }
  }
  return normalize(out)
}
