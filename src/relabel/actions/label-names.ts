import { OrderNeeded } from '../label-order.js'
import { limited } from '../label-size.js'
import { memoize } from './memoize.js'
import { Pattern } from '../regex/pattern.js'
import type { RelabelRule } from '../rule.js'
import type { Shape } from '../shape.js'
import type { CompiledRule, Step } from './step.js'
import type { Work } from '../work.js'
import { compileTemplate } from './template.js'

/** `labeldrop` and `labelkeep`: removes the labels whose names match, or do not. */
export function removeNames(rule: RelabelRule, matching: boolean, work: Work): CompiledRule {
  const matches = memoize(Pattern.compile(rule.regex ?? '(.*)').tester(work))
  return (shape) => {
    const removed: number[] = []
    let seen = 0
    return (values) => {
      // A shape may have grown since the last target.
      for (; seen < values.length; seen += 1) {
        if (matches(shape.names[seen] ?? '') === matching) removed.push(seen)
      }
      for (const slot of removed) shape.set(values, slot, '')
      return true
    }
  }
}

interface Copy {
  readonly from: number
  readonly to: number
}

/** `labelmap`: copies the labels whose names match to the names the replacement gives. */
export function mapNames(rule: RelabelRule, work: Work): CompiledRule {
  const pattern = Pattern.compile(rule.regex ?? '(.*)')
  const matches = pattern.tester(work)
  const template = compileTemplate(rule.replacement, pattern)
  const renamed = memoize((name) =>
    matches(name) ? limited(pattern.replaceAll(name, (groups) => template.expand(groups))) : null,
  )
  return (shape) => new NameMap(shape, renamed).step
}

/** The copies that one `labelmap` makes on targets of one shape. */
class NameMap {
  readonly #shape: Shape
  readonly #renamed: (name: string) => string | null
  /** In the order in which labels come before any rule. */
  #copies: readonly Copy[] = []
  #bySlot: ReadonlyMap<number, Copy> = new Map()
  /** Slots that have not been looked at, since they were always empty when this rule ran. */
  #open: number[] = []
  #known: number
  #chained = false

  constructor(shape: Shape, renamed: (name: string) => string | null) {
    this.#shape = shape
    this.#renamed = renamed
    this.#known = shape.size
    // Only the slots there are now: those that this rule adds may match it again, without end.
    const copies: Copy[] = []
    for (let slot = 0, { size } = shape; slot < size; slot += 1)
      copies.push(...this.#copiesOf(slot))
    if (this.#take(copies)) shape.keepOrder()
  }

  /** Copies the labels in their order, so that the last of two that go to one place wins. */
  readonly step: Step = (values) => {
    if (this.#known < values.length || this.#open.length > 0) this.#lookAtNew(values)
    if (this.#chained || this.#shape.order !== undefined) {
      this.#copyInOrder(values)
      return true
    }
    for (const { from, to } of this.#copies) {
      const value = values[from]
      if (value !== undefined && value !== '') values[to] = value
    }
    return true
  }

  /** Copies from the labels as they were before, for maps whose results are sources as well. */
  #copyInOrder(values: string[]): void {
    const { order } = this.#shape
    const found: [to: number, value: string][] = []
    const look = ({ from, to }: Copy): void => {
      const value = values[from]
      if (value !== undefined && value !== '') found.push([to, value])
    }
    for (const copy of this.#copies) if (order?.isLate(copy.from) !== true) look(copy)
    for (const slot of order?.late ?? []) {
      const copy = this.#bySlot.get(slot)
      if (copy !== undefined) look(copy)
    }
    for (const [to, value] of found) this.#shape.set(values, to, value)
  }

  #lookAtNew(values: string[]): void {
    for (; this.#known < values.length; this.#known += 1) this.#open.push(this.#known)
    let filled = false
    for (const slot of this.#open) filled ||= values[slot] !== ''
    if (!filled) return
    const open = this.#open
    // A name that is too long fails this target, and must leave nothing half done for the next.
    const found = open.flatMap((slot) => (values[slot] === '' ? [] : this.#copiesOf(slot)))
    this.#open = open.filter((slot) => values[slot] === '')
    const isShared = this.#take(this.#copies.concat(found))
    this.#shape.extend(values)
    if (isShared && this.#shape.keepOrder()) throw new OrderNeeded()
  }

  #copiesOf(slot: number): readonly Copy[] {
    const name = this.#renamed(this.#shape.names[slot] ?? '')
    return name === null ? [] : [{ from: slot, to: this.#shape.ensure(name) }]
  }

  /** @returns whether several go to one place: then their order makes a difference */
  #take(copies: readonly Copy[]): boolean {
    this.#copies = copies.toSorted((a, b) => this.#shape.compareSlots(a.from, b.from))
    this.#bySlot = new Map(this.#copies.map((copy) => [copy.from, copy]))
    this.#chained = this.#copies.some(({ from, to }) => from !== to && this.#bySlot.has(to))
    return new Set(copies.map(({ to }) => to)).size < copies.length
  }
}
