import { countBelow } from '../../go/sort-search.js'

/** The elements of a file's list, in order: where each begins and ends. */
export interface Elements {
  readonly starts: readonly number[]
  readonly ends: readonly number[]
}

/** What of a list is the same in the next version of its file. */
export interface Unchanged {
  /** How many elements at the beginning. */
  readonly head: number
  /**
   * From here on (a position in the new file) the rest of the file is as it was, so that an element
   * that begins where one began before ends the search.
   */
  readonly tailFrom: number
  /** How much further back the tail stands in the new file. */
  readonly shift: number
}

// An element may depend on what comes right behind it: the line after a YAML element marks its end.
const margin = 2

/**
 * What need not be read again of the next version of a file.
 * @param prefix how many bytes are the same at the beginning: {@link commonPrefix}
 */
export function unchanged(
  elements: Elements,
  before: Buffer,
  now: Buffer,
  prefix: number,
): Unchanged {
  const suffix = commonSuffix(before, now, Math.min(before.length, now.length) - prefix)
  const head = countBelow(elements.ends, prefix - margin + 1)
  return { head, tailFrom: now.length - suffix, shift: now.length - before.length }
}

/** The position in a sorted list of a value; undefined when it is not there. */
export function indexOfSorted(sorted: readonly number[], value: number): number | undefined {
  const at = countBelow(sorted, value)
  return sorted[at] === value ? at : undefined
}

const block = 65_536

/** How many bytes two files have in common at their beginning. */
export function commonPrefix(a: Buffer, b: Buffer): number {
  const length = Math.min(a.length, b.length)
  let at = 0
  // Whole blocks are compared natively; only the last one is looked at byte by byte.
  while (at + block <= length && a.subarray(at, at + block).equals(b.subarray(at, at + block))) {
    at += block
  }
  while (at < length && a[at] === b[at]) at += 1
  return at
}

/** How many bytes two files have in common at their end, of at most `limit`. */
function commonSuffix(a: Buffer, b: Buffer, limit: number): number {
  let size = 0
  while (
    size + block <= limit &&
    a
      .subarray(a.length - size - block, a.length - size)
      .equals(b.subarray(b.length - size - block, b.length - size))
  ) {
    size += block
  }
  while (size < limit && a[a.length - size - 1] === b[b.length - size - 1]) size += 1
  return size
}
