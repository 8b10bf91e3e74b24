import { countBelow } from '../../go/sort-search.js'

/** The elements of a file's list, in order. */
export interface Elements {
  readonly starts: readonly number[]
  readonly ends: readonly number[]
}

/** What of a list is the same in the next version of its file. */
export interface Unchanged {
  /** So many elements at the beginning. */
  readonly head: number
  /**
   * From here on (a position in the new file) the rest of the file is as it was, so that an element
   * that begins where one began before ends the search.
   */
  readonly tailFrom: number
  /** How much further back the tail stands in the new file. */
  readonly shift: number
}

// An element may depend on what comes right behind it: the line after a YAML element tells its end.
const margin = 2

/**
 * What need not be read again.
 * @param prefix how many bytes are the same at the beginning
 * @param suffix how many are the same at the end
 */
export function unchanged(
  elements: Elements,
  oldSize: number,
  newSize: number,
  prefix: number,
  suffix: number,
): Unchanged {
  const head = countBelow(elements.ends, prefix - margin + 1)
  return { head, tailFrom: newSize - suffix, shift: newSize - oldSize }
}

/** The position in a sorted list of a value; undefined when it is not there. */
export function indexOfSorted(sorted: readonly number[], value: number): number | undefined {
  const at = countBelow(sorted, value)
  return sorted[at] === value ? at : undefined
}
