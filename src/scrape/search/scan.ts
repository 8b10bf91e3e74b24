import type { TargetGroup } from '../../discovery/groups/target-group.js'
import type { GroupKey } from '../../discovery/updates.js'
import { countBelow } from '../../go/sort-search.js'
import { providerOf } from '../group-key.js'
import type { GroupRange, ListPart } from '../lists/list-part.js'
import type { SelectionCache } from '../lists/name-selections.js'
import { formatUrl } from '../../go/format-url.js'
import { urlOf } from '../lists/elements.js'
import type { GroupTargets } from '../targets/group-targets.js'
import type { Target } from '../targets/target.js'
import type { Steps } from '../../waiting/turns.js'
import { Hash, HashCounts } from './hash-counts.js'
import { LabelMatcher, type LabelScope } from './matcher.js'
import type { ColumnCache } from './part-columns.js'
import { listedElsewhere, type StateCache } from './part-states.js'
import type { Query, Term } from './query.js'
import { markOf, RowList, StateCounter, stateOf } from './row-list.js'
import type { GroupFacts, Rows, SearchedPool } from './rows.js'

/** A group of which the guard keeps targets: what is shown in its place, and how many of the last are kept. */
export interface HeldTargets {
  readonly shown: TargetGroup
  readonly count: number
}

/** What discovery says of groups, at one moment. */
export interface DiscoveryMarks {
  /** The groups of a job of which the guard keeps targets. */
  held(job: string): ReadonlyMap<GroupKey, HeldTargets>
  /** The providers whose groups are from before the start. */
  readonly restored: ReadonlySet<string>
}

export interface ScanOptions {
  readonly rows: Rows
  readonly query: Query
  readonly scope: LabelScope
  readonly marks: DiscoveryMarks
  readonly facts: GroupFacts
  readonly selections: SelectionCache
  readonly columns: ColumnCache
  readonly states: StateCache
  /** Only these are looked at: what a wider query has found. */
  readonly within?: RowList | undefined
}

/** What a query finds. */
export interface Scanned {
  readonly found: RowList
  /** Those that are found, by state and mark. */
  readonly byState: StateCounter
  /** The same for each pool. */
  readonly byPool: ReadonlyMap<string, StateCounter>
}

type Kind<K extends Term['kind']> = Extract<Term, { readonly kind: K }>

/** Looks at every target, or at those of a wider query, in steps of at most a part of a list. */
export function* scan(options: ScanOptions): Steps<Scanned> {
  const { rows, query, within } = options
  const duplicates = query.terms.some(({ kind }) => kind === 'duplicate')
    ? yield* duplicatesOf(rows, options.selections)
    : undefined
  const scanner = new Scanner(options, duplicates)
  let next = 0
  for (const { pool, part, start } of rows.spans) {
    if (within !== undefined) {
      // Both are in order: parts of which nothing was found before are passed over.
      const end = start + sizeOf(part)
      if (next >= within.size || within.numberAt(next) >= end) continue
      next = yield* scanner.part(pool, part, start, next)
    } else yield* scanner.part(pool, part, start, 0)
    yield
  }
  scanner.found.close()
  return scanner
}

function sizeOf({ ranges }: ListPart): number {
  return ranges.reduce((sum, { from, to }) => sum + to - from, 0)
}

class Scanner implements Scanned {
  readonly found = new RowList()
  readonly byState = new StateCounter()
  readonly byPool = new Map<string, StateCounter>()
  readonly #options: ScanOptions
  readonly #duplicates: Duplicates | undefined
  readonly #matcher: LabelMatcher
  readonly #rules: readonly Kind<'rule'>[]
  readonly #providers: readonly Kind<'provider'>[]
  readonly #duplicateTerms: readonly Kind<'duplicate'>[]
  #pool: SearchedPool | undefined
  #counter = new StateCounter()
  #held: ReadonlyMap<GroupKey, HeldTargets> = new Map()

  constructor(options: ScanOptions, duplicates: Duplicates | undefined) {
    const { terms } = options.query
    this.#options = options
    this.#duplicates = duplicates
    this.#matcher = new LabelMatcher(terms, options.scope, options.selections, options.columns)
    this.#rules = terms.filter((term) => term.kind === 'rule')
    this.#providers = terms.filter((term) => term.kind === 'provider')
    this.#duplicateTerms = terms.filter((term) => term.kind === 'duplicate')
  }

  /** @returns where in `within` it goes on after this part */
  *part(pool: SearchedPool, part: ListPart, start: number, next: number): Steps<number> {
    if (this.#pool !== pool) this.#startPool(pool)
    const { within, facts, columns, states: cache } = this.#options
    const all = this.#matcher.needsIndex ? this.#matcher.startPart(columns.of(part)) : undefined
    if (all === false) {
      return within === undefined ? next : within.indexOf(start + sizeOf(part), next)
    }
    const states = cache.known(part) ?? (yield* cache.of(part, facts))
    const areAll = all ?? this.#matcher.isEmpty
    let number = start
    let index = next
    for (const range of part.ranges) {
      const end = number + range.to - range.from
      if (within === undefined || (index < within.size && within.numberAt(index) < end)) {
        const { targets } = range
        const rules = this.#rules.length === 0 ? undefined : yield* facts.rulesOf(targets)
        index = this.#range({ range, number, states, offset: number - start, areAll }, index, rules)
      }
      number = end
    }
    return index
  }

  #startPool(pool: SearchedPool): void {
    this.#pool = pool
    this.#counter = new StateCounter()
    this.byPool.set(pool.name, this.#counter)
    this.#held = this.#options.marks.held(pool.name)
  }

  #range(rows: RangeRows, next: number, rules: Uint16Array | undefined): number {
    const { within, marks } = this.#options
    const { range, number, states, offset, areAll } = rows
    const { holder, targets, from, to } = range
    const end = number + to - from
    const provider = providerOf(holder.key)
    const isWanted = this.#providers.every((term) => isOf(provider, term) !== term.isNegated)
    if (!isWanted) return within === undefined ? next : within.indexOf(end, next)
    const { discovered, active, activeAt, dropped } = targets
    const restored = markOf(false, marks.restored.has(provider))
    const held = this.#held.get(holder.key)
    const heldFrom = held?.shown === discovered ? discovered.targets.length - held.count : Infinity
    if (areAll && within === undefined && rules === undefined && this.#duplicates === undefined) {
      this.#addAll(rows, restored, heldFrom)
      return next
    }
    if (!areAll) this.#matcher.startGroup(targets)
    const needsTarget = !areAll || this.#duplicates !== undefined
    let a = countBelow(activeAt, from)
    let index = next
    for (let at = from; at < to; at += 1) {
      if (within !== undefined) {
        if (index >= within.size || within.numberAt(index) >= end) break
        const wanted = from + within.numberAt(index) - number
        if (wanted !== at) {
          at = wanted
          a = countBelow(activeAt, at)
        }
        index += 1
      }
      const state = states[offset + at - from] ?? 0
      let target: Target | undefined
      if (state === isActive || state === listedElsewhere) {
        target = needsTarget ? active[a] : undefined
        a += 1
      }
      // It has no state where it is the same as another one, which is listed.
      if (state === 0 || state === listedElsewhere) continue
      if (rules !== undefined) {
        const rule = state === isDropped ? (rules[countBelow(dropped, at)] ?? 0) : 0
        if (!this.#rules.every((term) => (rule === term.number) !== term.isNegated)) continue
      }
      if (!this.#isDuplicate(target, targets)) continue
      if (!areAll && !this.#matcher.holds(discovered.targets[at] ?? {}, target)) continue
      const flags = state | restored | (at >= heldFrom ? heldMark : 0)
      this.found.add(number + at - from, flags)
      this.byState.add(flags)
      this.#counter.add(flags)
    }
    return index
  }

  #addAll({ range, number, states, offset }: RangeRows, restored: number, heldFrom: number): void {
    const { from, to } = range
    const counts = [this.byState, this.#counter] as const
    for (let at = from; at < to; at += 1) {
      const state = states[offset + at - from] ?? 0
      if (state === 0 || state === listedElsewhere) continue
      const flags = state | restored | (at >= heldFrom ? heldMark : 0)
      this.found.add(number + at - from, flags)
      for (const one of counts) one.add(flags)
    }
  }

  #isDuplicate(target: Target | undefined, { compiled }: GroupTargets): boolean {
    const duplicates = this.#duplicates
    if (duplicates === undefined) return true
    const is = target !== undefined && duplicates.has(target, compiled)
    return this.#duplicateTerms.every((term) => is !== term.isNegated)
  }
}

/** Some rows of a part: those of one group. */
interface RangeRows {
  readonly range: GroupRange
  /** The number of the first row. */
  readonly number: number
  /** The states of all rows of the part, and where these begin in them. */
  readonly states: Uint8Array
  readonly offset: number
  /** The words and matchers hold of all of them. */
  readonly areAll: boolean
}

const isActive = stateOf('active')
const isDropped = stateOf('dropped')
const heldMark = markOf(true, false)

function isOf(provider: string, { name }: Kind<'provider'>): boolean {
  return provider === name || (!name.includes('/') && provider.startsWith(`${name}/`))
}

/** Which active targets have a URL, or public labels, that another one has too. */
class Duplicates {
  readonly #selections: SelectionCache
  readonly #urls: HashCounts
  readonly #labels: HashCounts
  readonly #hash = new Hash()

  constructor(most: number, selections: SelectionCache) {
    this.#urls = new HashCounts(most)
    this.#labels = new HashCounts(most)
    this.#selections = selections
  }

  add(target: Target, { job }: GroupTargets['compiled']): void {
    this.#urls.add(this.#hashOfUrl(target, job))
    this.#labels.add(this.#hashOfLabels(target))
  }

  has(target: Target, { job }: GroupTargets['compiled']): boolean {
    return (
      this.#urls.count(this.#hashOfUrl(target, job)) > 1 ||
      this.#labels.count(this.#hashOfLabels(target)) > 1
    )
  }

  #hashOfUrl(target: Target, job: SearchedPool['jobOfTargets']): Hash {
    this.#hash.begin()
    this.#hash.add(formatUrl(urlOf(target, job, this.#selections)))
    return this.#hash
  }

  #hashOfLabels({ list, values }: Target): Hash {
    this.#hash.begin()
    for (const [i, name] of list.names.entries()) {
      if (name.startsWith('__')) continue
      this.#hash.add(name)
      this.#hash.add(values[i] ?? '')
    }
    return this.#hash
  }
}

function* duplicatesOf(rows: Rows, selections: SelectionCache): Steps<Duplicates> {
  const duplicates = new Duplicates(rows.size, selections)
  for (const { part } of rows.spans) {
    for (const { holder, targets, from, to } of part.ranges) {
      for (let i = countBelow(targets.activeAt, from); i < targets.active.length; i += 1) {
        if ((targets.activeAt[i] ?? to) >= to) break
        const target = targets.active[i]
        if (target?.isListedBy(holder) === true) duplicates.add(target, targets.compiled)
      }
    }
    yield
  }
  return duplicates
}
