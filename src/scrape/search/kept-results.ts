import type { LabelScope } from './matcher.js'
import type { Query, Term } from './query.js'
import type { Scanned } from './scan.js'

/** What a result is of. */
export interface ResultKey {
  readonly query: Query
  readonly scope: LabelScope
  /** The pools that were looked at, by name; undefined for all. */
  readonly pools: readonly string[] | undefined
  /** Of the pools and of what discovery says of them. */
  readonly version: string
}

/** A result that is kept, and the last order that was asked for. */
export interface KeptResult {
  readonly key: ResultKey
  readonly scanned: Scanned
  /** Where in the result the rows stand that are shown, in this order. */
  view?: { readonly name: string; readonly order: Uint32Array }
}

const most = 8
/** Bytes that all of them may take: two lists of a million targets and their orders. */
const maxBytes = 24 << 20

/**
 * The latest results: a further window of one is a slice of it, and a query with more characters looks only at
 * what the one before has found. They are numbers, and hold no target.
 */
export class KeptResults {
  #results: readonly KeptResult[] = []

  /** A result, which is the latest then. */
  find(key: ResultKey): KeptResult | undefined {
    const found = this.#results.find((result) => isSame(result.key, key))
    if (found !== undefined) this.add(found)
    return found
  }

  /** The smallest result that has everything in it that the key asks for. */
  wider(key: ResultKey): KeptResult | undefined {
    return this.#results
      .filter((result) => isWithin(key, result.key))
      .toSorted((a, b) => a.scanned.found.size - b.scanned.found.size)[0]
  }

  add(result: KeptResult): void {
    const others = this.#results.filter(
      (one) => one !== result && one.key.version === result.key.version,
    )
    const kept = [result]
    let bytes = bytesOf(result)
    for (const other of others.slice(0, most - 1)) {
      bytes += bytesOf(other)
      if (bytes <= maxBytes) kept.push(other)
    }
    this.#results = kept
  }
}

function bytesOf({ scanned, view }: KeptResult): number {
  return scanned.found.bytes + (view?.order.byteLength ?? 0)
}

function isSame(a: ResultKey, b: ResultKey): boolean {
  return isComparable(a, b) && a.query.text === b.query.text
}

function isComparable(a: ResultKey, b: ResultKey): boolean {
  return (
    a.version === b.version &&
    a.scope === b.scope &&
    JSON.stringify(a.pools) === JSON.stringify(b.pools)
  )
}

/** Whether all that the first finds is among what the second has found. */
function isWithin(a: ResultKey, b: ResultKey): boolean {
  if (!isComparable(a, b)) return false
  return b.query.terms.every((wide) => a.query.terms.some((narrow) => implies(narrow, wide)))
}

/** Whether the second term holds wherever the first does. */
function implies(narrow: Term, wide: Term): boolean {
  if (narrow.kind !== 'word' || wide.kind !== 'word') return false
  if (narrow.isNegated !== wide.isNegated) return false
  const [a, b] = [narrow.text.toLowerCase(), wide.text.toLowerCase()]
  return narrow.isNegated ? b.includes(a) : a.includes(b)
}
