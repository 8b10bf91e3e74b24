import { compareNames } from '../name-list.js'
import { limited } from '../label-size.js'
import { memoize } from './memoize.js'
import { Pattern } from '../regex/pattern.js'
import type { RelabelRule } from '../rule.js'
import type { Shape } from '../shape.js'
import type { CompiledRule, Step } from './step.js'
import { compileTemplate } from './template.js'

/** `labeldrop` and `labelkeep`: removes the labels whose names match, or do not. */
export function removeNames(rule: RelabelRule, matching: boolean): CompiledRule {
  const matches = memoize(Pattern.compile(rule.regex ?? '(.*)').tester())
  return (shape) => {
    const removed: number[] = []
    let seen = 0
    return (values) => {
      // A shape may have grown since the last target.
      for (; seen < values.length; seen += 1) {
        if (matches(shape.names[seen] ?? '') === matching) removed.push(seen)
      }
      for (const slot of removed) values[slot] = ''
      return true
    }
  }
}

interface Copy {
  readonly from: number
  readonly to: number
}

/** `labelmap`: copies the labels whose names match to the names the replacement gives. */
export function mapNames(rule: RelabelRule): CompiledRule {
  const pattern = Pattern.compile(rule.regex ?? '(.*)')
  const matches = pattern.tester()
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
  #copies: Copy[] = []
  /** Slots that have not been looked at, since they were always empty when this rule ran. */
  #open: number[] = []
  #known: number
  #chained = false

  constructor(shape: Shape, renamed: (name: string) => string | null) {
    this.#shape = shape
    this.#renamed = renamed
    this.#known = shape.size
    // Only the slots there are now: those that this rule adds may match it again, without end.
    for (let slot = 0, { size } = shape; slot < size; slot += 1) {
      this.#copies.push(...this.#copiesOf(slot))
    }
    this.#sort()
  }

  readonly step: Step = (values) => {
    if (this.#known < values.length || this.#open.length > 0) this.#lookAtNew(values)
    if (this.#chained) return this.#copyAtOnce(values)
    for (const { from, to } of this.#copies) {
      const value = values[from]
      if (value !== undefined && value !== '') values[to] = value
    }
    return true
  }

  /** Copies from the values as they were before, for maps whose results are sources as well. */
  #copyAtOnce(values: string[]): boolean {
    const before = this.#copies.map(({ from }) => values[from] ?? '')
    this.#copies.forEach(({ to }, i) => {
      const value = before[i]
      if (value !== undefined && value !== '') values[to] = value
    })
    return true
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
    this.#copies = this.#copies.concat(found)
    this.#sort()
    this.#shape.extend(values)
  }

  #copiesOf(slot: number): readonly Copy[] {
    const name = this.#renamed(this.#shape.names[slot] ?? '')
    return name === null ? [] : [{ from: slot, to: this.#shape.ensure(name) }]
  }

  /** In the order of the names, so that the last of two that go to one place wins. */
  #sort(): void {
    const { names } = this.#shape
    this.#copies.sort((a, b) => compareNames(names[a.from] ?? '', names[b.from] ?? ''))
    const sources = new Set(this.#copies.map(({ from }) => from))
    this.#chained = this.#copies.some(({ from, to }) => from !== to && sources.has(to))
  }
}
