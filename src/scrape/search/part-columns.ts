import { compileFunction } from 'node:vm'
import type { Labels } from '../../labels/index.js'
import { countBelow } from '../../go/sort-search.js'
import type { NameList } from '../../relabel/index.js'
import type { ScrapeJob } from '../job.js'
import type { ListPart } from '../lists/list-part.js'
import type { Target } from '../targets/target.js'
import { defaultsOf } from './default-labels.js'
import type { Steps } from '../../waiting/turns.js'
import type { SearchedPool } from './rows.js'
import { Characters, TextFilter } from './text-filter.js'

/** Says whether one of the values has a word. Values that are the same as in the call before are not tested again. */
export type AnyOf = (labels: Labels) => boolean

/** @param least values with fewer characters are passed over */
type MakeAnyOf = (test: (text: string) => boolean, least: number) => AnyOf

/** What the targets of a part have in their labels. Nothing of it is a text that is not in the targets. */
export interface PartIndex {
  /** Of all values of all of its targets, before and after relabelling. */
  readonly filter: TextFilter
  /** Undefined for a part whose targets have different labels. */
  readonly columns: PartColumns | undefined
  /** The URLs of some targets may have parameters. */
  readonly hasParams: boolean
}

/**
 * Which values of a part have to be looked at for a word to be found: a label that is the same in all of its targets
 * is looked at once, and of two that are always equal only one.
 */
export interface PartColumns {
  /** Values that all discovered label sets have. */
  readonly constants: readonly string[]
  /** Labels whose values differ. */
  readonly differing: readonly Column<string>[]
  /** Values that all active targets have after relabelling. */
  readonly activeConstants: readonly string[]
  /** Where those stand after relabelling that are no label before it. */
  readonly slots: readonly Column<number>[]
}

/** One label of the targets, and which characters its values have. */
interface Column<Place> {
  readonly place: Place
  readonly characters: Characters
}

const mostCompiled = 256
const mostNames = 200

/** Finds out once for each part what its targets have in common; parts never change. */
export class ColumnCache {
  readonly #parts: WeakMap<ListPart, PartIndex> = new WeakMap()
  readonly #compiled: Map<string, MakeAnyOf> = new Map()

  of(part: ListPart): PartIndex {
    const known = this.#parts.get(part)
    if (known !== undefined) return known
    const sets = labelSetsOf(part)
    const filter = new TextFilter(sets.length)
    addShared(part, filter)
    const columns = columnsOf(sets, filter)
    if (columns === undefined) addAll(sets, filter)
    const index = { filter, columns, hasParams: hasParams(part, sets) }
    this.#parts.set(part, index)
    return index
  }

  /** Looks at all parts that it does not know. */
  *prepare(pools: readonly SearchedPool[]): Steps {
    for (const pool of pools) {
      for (const part of pool.parts()) {
        if (this.#parts.has(part)) continue
        this.of(part)
        yield
      }
    }
  }

  /** A function that reads these labels by their names: twice as fast as a loop over them. */
  anyOf(names: readonly string[]): MakeAnyOf {
    const key = JSON.stringify(names)
    const known = this.#compiled.get(key)
    if (known !== undefined) return known
    // Names come from the network; more different ones than this are no names of labels.
    if (this.#compiled.size >= mostCompiled) this.#compiled.clear()
    const made = generate(names)
    this.#compiled.set(key, made)
    return made
  }
}

/** A discovered target, and the active one that came of it. */
interface LabelSets {
  readonly own: Labels
  readonly target: Target | undefined
}

type ActiveSets = LabelSets & { readonly target: Target }

function labelSetsOf({ ranges }: ListPart): readonly LabelSets[] {
  const sets: LabelSets[] = []
  for (const { targets, from, to } of ranges) {
    const { activeAt, active, discovered } = targets
    let next = countBelow(activeAt, from)
    for (let at = from; at < to; at += 1) {
      const isActive = activeAt[next] === at
      sets.push({ own: discovered.targets[at] ?? {}, target: isActive ? active[next] : undefined })
      if (isActive) next += 1
    }
  }
  return sets
}

/** Adds what it finds to a filter; when it finds nothing not all of it. */
function columnsOf(sets: readonly LabelSets[], filter: TextFilter): PartColumns | undefined {
  const [first] = sets
  if (first === undefined) return undefined
  const names = Object.keys(first.own)
  if (names.length === 0 || names.length > mostNames) return undefined
  if (!sets.every(({ own }) => hasNames(own, names))) return undefined
  const constants: string[] = []
  const differing: string[] = []
  for (const name of names) {
    const value = first.own[name] ?? ''
    if (sets.every(({ own }) => own[name] === value)) constants.push(value)
    else if (!isAmong(sets, name, differing, first.own)) differing.push(name)
  }
  const active = activeOf(sets)
  if (active === undefined) return undefined
  const { activeConstants, slots } = afterColumns(active, [...differing, ...names])
  for (const value of [...constants, ...activeConstants]) filter.add(value)
  return {
    constants,
    differing: differing.map((place) => {
      const characters = new Characters()
      let before = ''
      for (const { own } of sets) {
        const value = own[place] ?? ''
        if (value !== before) filter.add(value, before, characters)
        before = value
      }
      return { place, characters }
    }),
    activeConstants,
    slots: slots.map((place) => {
      const characters = new Characters()
      let before = ''
      for (const { target } of active) {
        const value = target.values[place] ?? ''
        if (value !== before) filter.add(value, before, characters)
        before = value
      }
      return { place, characters }
    }),
  }
}

function hasNames(own: Labels, names: readonly string[]): boolean {
  let at = 0
  for (const name in own) {
    if (names[at] !== name) return false
    at += 1
  }
  return at === names.length
}

/** Whether a label always has the same value as one of the others. */
function isAmong(
  sets: readonly LabelSets[],
  name: string,
  others: readonly string[],
  first: Labels,
): boolean {
  const value = first[name]
  return others.some(
    (other) => first[other] === value && sets.every(({ own }) => own[other] === own[name]),
  )
}

/** The active ones; undefined where their labels have different names. */
function activeOf(sets: readonly LabelSets[]): readonly ActiveSets[] | undefined {
  const active = sets.filter((set): set is ActiveSets => set.target !== undefined)
  const list: NameList | undefined = active[0]?.target.list
  return active.every(({ target }) => target.list === list) ? active : undefined
}

/** What is to be looked at after relabelling. */
function afterColumns(
  active: readonly ActiveSets[],
  names: readonly string[],
): { readonly activeConstants: readonly string[]; readonly slots: readonly number[] } {
  const activeConstants: string[] = []
  const slots: number[] = []
  const [first] = active
  for (const [slot, value] of first?.target.values.entries() ?? []) {
    if (active.every(({ target }) => target.values[slot] === value)) activeConstants.push(value)
    else {
      const isLabelBefore = names.some(
        (name) =>
          first?.own[name] === value &&
          active.every(({ own, target }) => own[name] === target.values[slot]),
      )
      if (!isLabelBefore) slots.push(slot)
    }
  }
  return { activeConstants, slots }
}

function addAll(sets: readonly LabelSets[], filter: TextFilter): void {
  for (const { own, target } of sets) {
    for (const name in own) filter.add(own[name] ?? '')
    for (const value of target?.values ?? []) filter.add(value)
  }
}

function hasParams({ ranges }: ListPart, sets: readonly LabelSets[]): boolean {
  if (ranges.some(({ targets }) => Object.keys(targets.compiled.job.params).length > 0)) return true
  const lists = new Set(sets.map(({ target }) => target?.list))
  return [...lists].some((list) => list?.names.some((name) => name.startsWith('__param_')))
}

/** Adds the values of the groups of a part, and of their job. */
function addShared({ ranges }: ListPart, filter: TextFilter): void {
  let job: ScrapeJob | undefined
  let labels: Labels | undefined
  for (const { targets } of ranges) {
    if (targets.compiled.job !== job) {
      job = targets.compiled.job
      for (const value of defaultsOf(job).values()) filter.add(value)
    }
    if (targets.discovered.labels === labels) continue
    labels = targets.discovered.labels
    for (const name in labels) filter.add(labels[name] ?? '')
  }
}

function generate(names: readonly string[]): MakeAnyOf {
  if (names.length === 0) return () => () => false
  const before = names.map((_, i) => `b${String(i)}`)
  const tests = names.map((name, i) => {
    const seen = before[i] ?? ''
    return `v = o[${JSON.stringify(name)}]; if (v !== ${seen}) { if (v.length >= l && t(v)) return true; ${seen} = v }`
  })
  const code = `let ${before.join(', ')}\nreturn (o) => { let v\n${tests.join('\n')}\nreturn false }`
  return compileFunction(code, ['t', 'l']) as MakeAnyOf
}
