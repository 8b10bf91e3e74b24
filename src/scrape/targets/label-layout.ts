import {
  type CacheBudget,
  type Collected,
  Collector,
  explainSteps,
  type ReadableLabels,
  type RelabelRule,
  type RelabelStep,
  type RuleMatch,
  Shape,
  type Shaped,
  type Step,
} from '../../relabel/index.js'

/** A label that a target has unless it, or its group, brings one. */
export interface DefaultLabel {
  readonly name: string
  readonly value: string
}

/** The slots of the labels that every target is checked for. */
interface CheckedSlots {
  readonly address: number
  readonly instance: number
  readonly interval: number
  readonly timeout: number
}

/** Labels of discovery, which no target keeps. */
export const metaPrefix = '__meta_'

/**
 * Puts together the labels of targets that have the same label names, in groups that have the same
 * label names: those of the target, of its group and of the job, each in its slot. The job's rules
 * are bound to these slots.
 */
export class LabelLayout implements Shaped {
  readonly shape: Shape
  readonly slots: string[] = []
  readonly steps: readonly Step[]
  readonly checkedSlots: CheckedSlots
  readonly #own: number
  /** How many slots the target and its group fill. */
  readonly #discovered: number
  /** The group's values, by position, that go into the slots after the target's own. */
  readonly #fromGroup: readonly number[]
  readonly #defaults: readonly { readonly slot: number; readonly value: string }[]
  readonly #all: Collector
  readonly #final: Collector

  constructor(
    targetNames: readonly string[],
    groupNames: readonly string[],
    defaults: readonly DefaultLabel[],
    bind: (shape: Shape) => readonly Step[],
    budget: CacheBudget,
  ) {
    const shape = new Shape(targetNames)
    this.shape = shape
    this.#own = targetNames.length
    shape.endSource()
    // A label of the target hides the group's, even an empty one.
    this.#fromGroup = groupNames.flatMap((name, i) => (shape.slotOf(name) === undefined ? [i] : []))
    for (const i of this.#fromGroup) shape.ensure(groupNames[i] ?? '')
    shape.endSource()
    this.#discovered = shape.size
    this.#defaults = defaults.map(({ name, value }) => ({ slot: shape.ensure(name), value }))
    this.checkedSlots = {
      address: shape.ensure('__address__'),
      instance: shape.ensure('instance'),
      interval: shape.ensure('__scrape_interval__'),
      timeout: shape.ensure('__scrape_timeout__'),
    }
    this.#all = new Collector(shape, budget)
    this.#final = new Collector(shape, budget, (name) => !name.startsWith(metaPrefix))
    this.steps = bind(shape)
  }

  /** Adds to the target's own values, which are in their slots, those of its group and of the job. */
  complete(groupValues: readonly string[]): void {
    this.addGroup(groupValues)
    const { shape, slots } = this
    // One that is empty in the target or its group is set here, and with it all that follow.
    let isLate = false
    for (const { slot, value } of this.#defaults) {
      if (slots[slot] !== '') continue
      isLate ||= slot < this.#discovered
      if (isLate) shape.set(slots, slot, value)
      else slots[slot] = value
    }
  }

  /** Adds to the target's own values, which are in their slots, those of its group, and none of the job. */
  addGroup(groupValues: readonly string[]): void {
    const { slots } = this
    const fromGroup = this.#fromGroup
    const own = this.#own
    const { shape } = this
    const { size } = shape
    for (let i = 0; i < fromGroup.length; i += 1) {
      slots[own + i] = groupValues[fromGroup[i] ?? 0] ?? ''
    }
    for (let i = own + fromGroup.length; i < size; i += 1) slots[i] = ''
    shape.order?.reset()
  }

  release(): void {
    this.slots.fill('')
    this.#all.release()
    this.#final.release()
  }

  /** Runs the steps of the rules over the slots, and notes what each made of the labels. */
  explain(rules: readonly RelabelRule[]): readonly RelabelStep[] {
    return explainSteps(rules, this.steps, this.slots, this.#all)
  }

  /**
   * Runs the steps of the rules over the slots.
   * @param matches conditions by rule; undefined where none is asked for
   * @returns the rules whose condition is true for the labels as they get there, from 0
   */
  matching(matches: readonly (RuleMatch | undefined)[]): readonly number[] {
    const { shape, slots, steps } = this
    const labels: ReadableLabels = {
      value(name) {
        const slot = shape.slotOf(name)
        return slot === undefined ? '' : (slots[slot] ?? '')
      },
      names: () => shape.names.filter((_, slot) => (slots[slot] ?? '') !== ''),
    }
    const found: number[] = []
    for (const [i, match] of matches.entries()) {
      if (match?.(labels) === true) found.push(i)
      if (steps[i]?.(slots) !== true) break
    }
    return found
  }

  /** The labels in the slots as they were discovered: all of them. */
  discovered(): Collected {
    return this.#all.collect(this.slots)
  }

  /** The labels in the slots, before any rule, in the order in which Prometheus sets them. */
  inOrder(): readonly (readonly [name: string, value: string])[] {
    const { names, order } = this.shape
    const late = order?.late ?? []
    return names
      .map((_, slot) => slot)
      .filter((slot) => order?.isLate(slot) !== true)
      .sort((a, b) => this.shape.compareSlots(a, b))
      .concat(late)
      .flatMap((slot) => {
        const value = this.slots[slot] ?? ''
        return value === '' ? [] : [[names[slot] ?? '', value] as const]
      })
  }

  /** The labels in the slots that a target keeps: those of discovery (`__meta_`) are gone. */
  final(): Collected {
    return this.#final.collect(this.slots)
  }
}
