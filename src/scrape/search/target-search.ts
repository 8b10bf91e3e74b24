import { createHash } from 'node:crypto'
import { SelectionCache } from '../lists/name-selections.js'
import type { EventLog } from '../events/event-log.js'
import { inTurns, type Steps, Turns } from '../../waiting/turns.js'
import { activeOf, GroupFacts, isDropped, type Row, Rows, type SearchedPool } from './rows.js'
import { discoveredOf, itemOf, type TargetItem } from './item.js'
import { type KeptResult, KeptResults, type ResultKey } from './kept-results.js'
import { LabelReader, type LabelScope } from './matcher.js'
import { orderOf } from './order.js'
import type { RelabelRule } from '../../relabel/index.js'
import { ColumnCache } from './part-columns.js'
import { StateCache } from './part-states.js'
import { parseQuery, type Query } from './query.js'
import {
  markOf,
  maskOf,
  type RowMark,
  type RowState,
  type StateCounts,
  stateOf,
} from './row-list.js'
import { type DiscoveryMarks, scan, type Scanned } from './scan.js'
import { type RuleTrial, tryRules } from './rule-trial.js'
import { SinceIndex } from './since.js'
import { targetId } from './target-id.js'

/** What is searched for; see docs/search.md. */
export interface SearchRequest {
  /** A query; empty for all. */
  readonly q: string
  /** Only these pools; empty for all. */
  readonly pools: readonly string[]
  /** Only targets with one of these; empty for all. */
  readonly states: readonly (RowState | RowMark)[]
  readonly scope: LabelScope
  /** `job`, `address` or a label, with a minus in front for the other way round; empty for the order of the lists. */
  readonly sort: string
  readonly offset: number
  /** 0 for none: only counts. */
  readonly limit: number
  /** A label: values and how many targets have them, in place of targets. */
  readonly group?: string | undefined
  /** Labels whose ten most frequent values are counted. */
  readonly facets: readonly string[]
}

/** A value of a label, and how many of the targets have it; empty for those without. */
export interface ValueCount {
  readonly value: string
  readonly count: number
}

export interface SearchAnswer {
  readonly items: readonly TargetItem[]
  /** In place of items, where it was asked for: the most frequent values first. */
  readonly groups?: readonly ValueCount[]
  /** How many targets there are in these pools. */
  readonly total: number
  /** How many are found. */
  readonly matched: number
  /** How many groups there are, where they were asked for. */
  readonly matchedGroups?: number
  /** What the query finds in these pools, whatever `states` were asked for. */
  readonly byState: StateCounts
  /** The same for each pool that has any. */
  readonly byPool: Readonly<Record<string, StateCounts>>
  readonly facets: Readonly<Record<string, readonly ValueCount[]>>
  /** Another text whenever another answer might be given. */
  readonly version: string
}

/** Everything about one target, and where it was found. */
export interface FoundTarget {
  readonly item: TargetItem
  /** The source of its group. */
  readonly group: string
}

/** What a {@link TargetSearch} searches, and its clock. */
export interface TargetSearchOptions {
  /** Every pool, sorted by name. */
  readonly pools: () => readonly SearchedPool[]
  /** What discovery says of groups at this moment. */
  readonly marks: () => DiscoveryMarks & { readonly version: string }
  readonly events?: EventLog | undefined
  /** Where the work takes its time from; the process should have one. Left out: one of its own. */
  readonly turns?: Turns
  /** Milliseconds, from any fixed point. */
  readonly now?: () => number
}

/** Too many searches are under way. */
export class SearchBusyError extends Error {
  override readonly name = 'SearchBusyError'
  readonly code = 'ERR_SEARCH_BUSY'

  constructor() {
    super(`${String(maxAtOnce)} searches are under way, try again`)
  }
}

/** A search took too long. */
export class SearchTimeError extends Error {
  override readonly name = 'SearchTimeError'
  readonly code = 'ERR_SEARCH_TIME'
}

const maxAtOnce = 4
const maxMs = 2000
/** Rules are tried for so long; what they do to the rest is not found out. */
const maxTrialMs = 1000
/** One target is looked for longer: its id says nothing of where it is. */
const maxTargetMs = 10_000
const mostFacetValues = 10
// How many targets are looked at between two chances to stop for a while.
const stride = 64

/**
 * Searches the targets of all pools. The work goes in turns of the event loop; what it takes grows with the number of
 * targets, and what is kept are numbers.
 */
export class TargetSearch {
  readonly #options: TargetSearchOptions
  readonly #now: () => number
  readonly #turns: Turns
  readonly #kept = new KeptResults()
  readonly #facts = new GroupFacts()
  readonly #columns = new ColumnCache()
  readonly #states = new StateCache()
  readonly #selections = new SelectionCache()
  readonly #since: SinceIndex | undefined
  #running = 0
  #isPreparing = false

  constructor(options: TargetSearchOptions) {
    this.#options = options
    this.#turns = options.turns ?? new Turns()
    this.#now = options.now ?? (() => performance.now())
    this.#since = options.events && new SinceIndex(options.events)
  }

  /** Another text whenever a search in these pools might find something else; empty for all pools. */
  version(pools: readonly string[]): string {
    return versionOf(this.#poolsOf(pools), this.#options.marks().version)
  }

  /**
   * Finds targets.
   * @param signal ends the work: its client has gone
   * @throws {QueryError} for a query that cannot be read
   * @throws {SearchBusyError} when four searches are under way
   * @throws {SearchTimeError} when it takes more than two seconds
   */
  async search(request: SearchRequest, signal?: AbortSignal): Promise<SearchAnswer> {
    const query = parseQuery(request.q)
    const pools = this.#poolsOf(request.pools)
    const answer = await this.#bounded(maxMs, signal, () => {
      const marks = this.#options.marks()
      return this.#search(request, new Rows(pools), marks, keyOf(request, query, pools, marks))
    })
    // Who looks at all targets looks for a word next.
    if (request.q === '' && request.limit > 0 && !this.#isPreparing) void this.#prepare(pools)
    return answer
  }

  /** Finds out what words are looked for in, which takes longer than looking for one. */
  async #prepare(pools: readonly SearchedPool[]): Promise<void> {
    this.#isPreparing = true
    await inTurns(this.#columns.prepare(pools), this.#turns)
    this.#isPreparing = false
  }

  /**
   * Finds targets, to be read one after the other, as they are at this moment.
   * @param request its `offset` and `limit` say which of those that are found
   * @throws {QueryError}, {@link SearchBusyError} and {@link SearchTimeError} as {@link search} does
   */
  async read(request: SearchRequest, signal?: AbortSignal): Promise<Iterable<TargetItem>> {
    const query = parseQuery(request.q)
    const pools = this.#poolsOf(request.pools)
    return await this.#bounded(maxMs, signal, () => this.#read(request, pools, query))
  }

  /**
   * Everything about one target.
   * @param id see {@link targetId}
   * @throws {SearchBusyError} when four searches are under way
   * @throws {SearchTimeError} when it takes more than ten seconds
   */
  async target(job: string, id: string, signal?: AbortSignal): Promise<FoundTarget | undefined> {
    const pools = this.#poolsOf([job])
    return await this.#bounded(maxTargetMs, signal, () => this.#find(new Rows(pools), id))
  }

  /**
   * What other rules would make of the targets of a job, compared with the rules in force.
   * @returns undefined where there is no such job; what was found within a second
   * @throws {PatternError} when a rule cannot be compiled
   * @throws {SearchBusyError} when four searches are under way
   */
  async tryRules(
    job: string,
    rules: readonly RelabelRule[],
    signal?: AbortSignal,
  ): Promise<RuleTrial | undefined> {
    const pools = this.#poolsOf([job])
    if (pools.length === 0) return undefined
    return await this.#bounded(maxMs, signal, () => {
      const end = this.#now() + maxTrialMs
      return tryRules(new Rows(pools), rules, this.#selections, () => this.#now() > end)
    })
  }

  #poolsOf(names: readonly string[]): readonly SearchedPool[] {
    const all = this.#options.pools()
    return names.length === 0 ? all : all.filter(({ name }) => names.includes(name))
  }

  async #bounded<T>(ms: number, signal: AbortSignal | undefined, work: () => Steps<T>): Promise<T> {
    if (this.#running >= maxAtOnce) throw new SearchBusyError()
    this.#running += 1
    try {
      const end = this.#now() + ms
      return await inTurns(this.#watched(work(), end, ms, signal), this.#turns)
    } finally {
      this.#running -= 1
    }
  }

  *#watched<T>(
    steps: Steps<T>,
    end: number,
    ms: number,
    signal: AbortSignal | undefined,
  ): Steps<T> {
    for (;;) {
      const step = steps.next()
      if (step.done === true) return step.value
      signal?.throwIfAborted()
      if (this.#now() > end) {
        throw new SearchTimeError(
          `the search took more than ${String(ms / 1000)}s: name a pool, or look for more`,
        )
      }
      yield
    }
  }

  *#read(
    request: SearchRequest,
    pools: readonly SearchedPool[],
    query: Query,
  ): Steps<Iterable<TargetItem>> {
    const marks = this.#options.marks()
    const rows = new Rows(pools)
    const key = keyOf(request, query, pools, marks)
    const kept = this.#kept.find(key) ?? (yield* this.#scan(rows, marks, key))
    const order = yield* this.#order(kept, rows, request)
    const { offset, limit } = request
    return this.#items(rows, kept, order.subarray(offset, offset + limit))
  }

  *#items(rows: Rows, { scanned }: KeptResult, order: Uint32Array): Generator<TargetItem, void> {
    const context = { facts: this.#facts, selections: this.#selections, since: this.#since }
    for (const index of order) {
      const flags = scanned.found.flagsAt(index)
      yield itemOf(rows.at(scanned.found.numberAt(index)), flags, context)
    }
  }

  *#search(
    request: SearchRequest,
    rows: Rows,
    marks: DiscoveryMarks,
    key: ResultKey,
  ): Steps<SearchAnswer> {
    const kept = this.#kept.find(key) ?? (yield* this.#scan(rows, marks, key))
    const { scanned } = kept
    const order = yield* this.#order(kept, rows, request)
    const { offset, limit, group } = request
    const groups =
      group === undefined ? undefined : yield* this.#count(group, kept, order, rows, key)
    const facets: Record<string, readonly ValueCount[]> = Object.create(null) as typeof facets
    for (const label of request.facets) {
      const counts = yield* this.#count(label, kept, order, rows, key)
      facets[label] = counts.slice(0, mostFacetValues)
    }
    const items: TargetItem[] = []
    if (groups === undefined && limit > 0) {
      if (this.#since !== undefined) yield* this.#since.follow()
      for (const item of this.#items(rows, kept, order.subarray(offset, offset + limit))) {
        items.push(item)
        yield
      }
    }
    const byPool: Record<string, StateCounts> = Object.create(null) as typeof byPool
    for (const [name, counter] of scanned.byPool) {
      if (counter.total > 0) byPool[name] = counter.counts
    }
    return {
      items,
      ...(groups && { groups: groups.slice(offset, offset + limit), matchedGroups: groups.length }),
      total: rows.size,
      matched: order.length,
      byState: scanned.byState.counts,
      byPool,
      facets,
      version: key.version,
    }
  }

  *#scan(rows: Rows, marks: DiscoveryMarks, key: ResultKey): Steps<KeptResult> {
    const { query, scope } = key
    const scanned: Scanned = yield* scan({
      rows,
      query,
      scope,
      marks,
      facts: this.#facts,
      selections: this.#selections,
      columns: this.#columns,
      states: this.#states,
      within: this.#kept.wider(key)?.scanned.found,
    })
    const result = { key, scanned }
    this.#kept.add(result)
    return result
  }

  /** The rows that are shown, as places in the result. */
  *#order(
    kept: KeptResult,
    rows: Rows,
    { states, sort }: Pick<SearchRequest, 'states' | 'sort'>,
  ): Steps<Uint32Array> {
    const mask = maskOf(states)
    const name = `${String(mask)} ${sort}`
    if (kept.view?.name === name) return kept.view.order
    const { found } = kept.scanned
    const shown = found.filtered(mask)
    const [isDown, label] = sort.startsWith('-') ? [true, sort.slice(1)] : [false, sort]
    let order = shown
    if (label !== '') {
      const texts: string[] = []
      yield* this.#each(shown, kept, rows, 'all', (reader, { pool }) => {
        const value = label === 'address' ? reader.value('__address__') : reader.value(label)
        texts.push(label === 'job' ? pool.name : value)
      })
      const sorted = yield* orderOf(texts)
      order = sorted.map((index) => shown[index] ?? 0)
    }
    if (isDown) order = order.toReversed()
    kept.view = { name, order }
    return order
  }

  /** How many of the rows have each value of a label. */
  *#count(
    label: string,
    kept: KeptResult,
    order: Uint32Array,
    rows: Rows,
    { scope }: ResultKey,
  ): Steps<readonly ValueCount[]> {
    const counts = new Map<string, number>()
    const add = (reader: LabelReader, { pool }: Row): void => {
      const value = label === 'job' ? pool.name : reader.value(label)
      counts.set(value, (counts.get(value) ?? 0) + 1)
    }
    yield* this.#each(order, kept, rows, scope, add)
    // There may be as many values as targets: all of this is in steps, the sorting too.
    const values: ValueCount[] = []
    const texts: string[] = []
    for (const [value, count] of counts) {
      values.push({ value, count })
      texts.push(`${String(mostCounted - count).padStart(10, '0')}${value}`)
      if (values.length % stride === 0) yield
    }
    const sorted: ValueCount[] = []
    for (const index of yield* orderOf(texts)) {
      const one = values[index]
      if (one !== undefined) sorted.push(one)
      if (sorted.length % stride === 0) yield
    }
    return sorted
  }

  *#each(
    order: Uint32Array,
    { scanned: { found } }: KeptResult,
    rows: Rows,
    scope: LabelScope,
    take: (reader: LabelReader, row: Row) => void,
  ): Steps {
    const reader = new LabelReader(scope)
    for (let i = 0; i < order.length; i += 1) {
      if (i % stride === stride - 1) yield
      const row = rows.at(found.numberAt(order[i] ?? 0))
      const { targets } = row.range
      reader.startGroup(targets)
      reader.start(targets.discovered.targets[row.at] ?? {}, activeOf(row))
      take(reader, row)
    }
  }

  *#find(rows: Rows, id: string): Steps<FoundTarget | undefined> {
    const marks = this.#options.marks()
    for (let number = 0; number < rows.size; number += 1) {
      if (number % stride === stride - 1) yield
      const row = rows.at(number)
      if (targetId(row.pool.name, discoveredOf(row)) !== id) continue
      const flags = this.#flagsOf(row, marks)
      // The same target of another group is listed there.
      if (flags === undefined) continue
      if (this.#since !== undefined) yield* this.#since.follow()
      const context = { facts: this.#facts, selections: this.#selections, since: this.#since }
      const item = itemOf(row, flags, context)
      const { key } = row.range.holder
      return { item, group: key.slice(item.provider.length + 1) }
    }
    return undefined
  }

  #flagsOf(row: Row, marks: DiscoveryMarks): number | undefined {
    const { holder, targets } = row.range
    const target = activeOf(row)
    if (target !== undefined && !target.isListedBy(holder)) return undefined
    const state = target !== undefined ? 'active' : isDropped(row) ? 'dropped' : 'failed'
    if (
      state === 'failed' &&
      targets.compiled.labelsOf(targets.discovered).relabeled(row.at).kind === 'active'
    )
      return undefined
    const held = marks.held(row.pool.name).get(holder.key)
    const isHeld =
      held?.shown === targets.discovered && row.at >= targets.discovered.targets.length - held.count
    const isRestored = [...marks.restored].some((provider) => holder.key.startsWith(`${provider}/`))
    return stateOf(state) + markOf(isHeld, isRestored)
  }
}

// The frequent values come first: texts in the order of numbers.
const mostCounted = 2 ** 32

function keyOf(
  request: SearchRequest,
  query: Query,
  pools: readonly SearchedPool[],
  marks: { readonly version: string },
): ResultKey {
  return {
    query,
    scope: request.scope,
    pools: request.pools.length === 0 ? undefined : pools.map(({ name }) => name),
    version: versionOf(pools, marks.version),
  }
}

function versionOf(pools: readonly SearchedPool[], marks: string): string {
  const hash = createHash('sha256').update(marks)
  for (const { name, version } of pools) hash.update(`\n${name}\n${version}`)
  return hash.digest('hex').slice(0, 16)
}
