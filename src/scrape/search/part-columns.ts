import { compileFunction } from 'node:vm'
import type { Labels } from '../../labels/index.js'
import { countBelow } from '../../go/sort-search.js'
import type { NameList } from '../../relabel/index.js'
import type { ListPart } from '../lists/list-part.js'
import type { Target } from '../targets/target.js'

/** Says whether one of the values has a word. @param least values with fewer characters are passed over */
type AnyOf = (labels: Labels, test: (text: string) => boolean, least: number) => boolean

/**
 * Which values of a part have to be looked at for a word to be found: a label that is the same in all of its targets
 * is looked at once, and of two that are always equal only one. Nothing but places of labels is kept.
 */
export interface PartColumns {
  /** Values that all discovered label sets have. */
  readonly constants: readonly string[]
  /** Looks at the values that differ. */
  readonly anyOf: AnyOf
  /** Values that all active targets have after relabelling. */
  readonly activeConstants: readonly string[]
  /** Where those stand after relabelling that are no label before it. */
  readonly slots: readonly number[]
}

const mostCompiled = 256
const mostNames = 200

/** Finds out once for each part what its targets have in common; parts never change. */
export class ColumnCache {
  readonly #columns: WeakMap<ListPart, PartColumns | { readonly none: true }> = new WeakMap()
  readonly #compiled: Map<string, AnyOf> = new Map()

  /** Undefined for a part whose targets have different labels. */
  of(part: ListPart): PartColumns | undefined {
    const known = this.#columns.get(part)
    if (known !== undefined) return 'none' in known ? undefined : known
    const columns = this.#columnsOf(part)
    this.#columns.set(part, columns ?? { none: true })
    return columns
  }

  #columnsOf(part: ListPart): PartColumns | undefined {
    const sets = labelSetsOf(part)
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
    const after = afterColumns(active, [...differing, ...names])
    return { constants, anyOf: this.#compile(differing), ...after }
  }

  #compile(names: readonly string[]): AnyOf {
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
): Pick<PartColumns, 'activeConstants' | 'slots'> {
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

/** A function that reads these labels by their names: twice as fast as a loop over them. */
function generate(names: readonly string[]): AnyOf {
  if (names.length === 0) return () => false
  const code = names
    .map((name) => `v = o[${JSON.stringify(name)}]; if (v.length >= l && t(v)) return true;`)
    .join('\n')
  return compileFunction(`let v;\n${code}\nreturn false`, ['o', 't', 'l']) as AnyOf
}
