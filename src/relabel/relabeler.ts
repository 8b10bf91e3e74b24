import type { Labels } from '../labels/index.js'
import { compare, compute, filter } from './actions/values.js'
import { mapNames, removeNames } from './actions/label-names.js'
import { replace } from './actions/replace.js'
import { CacheBudget } from './cache-budget.js'
import { Collector } from './collector.js'
import type { NameScheme } from './label-name.js'
import { withOrder } from './label-order.js'
import type { RelabelRule } from './rule.js'
import { Shape } from './shape.js'
import { type Shaped, ShapeCache } from './shape-cache.js'
import type { CompiledRule, Step } from './actions/step.js'
import { Work } from './work.js'

/** What a label name costs when rules are bound to it, in steps. */
const stepsOfName = 25

/** What one rule made of a label set. */
export interface RelabelStep {
  readonly rule: RelabelRule
  /** The labels after the rule; none once a rule has dropped the target. */
  readonly output: Labels
  readonly keep: boolean
}

/** The rules as steps for one shape. */
interface BoundRules extends Shaped {
  /** How many slots the label set itself fills. */
  readonly own: number
  readonly steps: readonly Step[]
  readonly collector: Collector
}

/**
 * Rules, compiled: each is a closure over slots of a target's values, bound once for every kind of
 * target (the same label names in the same order). Rules have to be valid, see `validateRule`.
 */
export class Relabeler {
  readonly rules: readonly RelabelRule[]
  readonly scheme: NameScheme
  /** What the rules did for the last label set. Who runs steps himself has to begin it for each. */
  readonly work: Work
  readonly #compiled: readonly CompiledRule[]
  readonly #shapes: ShapeCache<BoundRules>

  /**
   * @param maxWork what they may do for one label set, in steps: see `maxWork`; left out: no limit
   * @param known rules without a limit that were compiled for others; takes those of this one
   * @throws {PatternError} when a regex is not valid
   */
  constructor(
    rules: readonly RelabelRule[],
    scheme: NameScheme = 'utf8',
    maxWork: number = Infinity,
    known?: CompiledRules,
  ) {
    this.rules = rules
    this.scheme = scheme
    this.work = new Work(maxWork)
    this.#compiled = rules.map(
      (rule) => known?.of(rule, scheme) ?? compileRule(rule, scheme, this.work),
    )
    const budget = new CacheBudget()
    this.#shapes = new ShapeCache((names, base) => {
      const shape = new Shape(names.slice(0, base))
      shape.endSource()
      for (const name of names) shape.ensure(name)
      const steps = this.bind(shape, shape.size < base ? shape.size : base)
      const slots: string[] = []
      const collector = new Collector(shape, budget)
      const release = (): void => {
        slots.fill('')
        collector.release()
      }
      return { shape, slots, own: names.length, steps, collector, release }
    }, budget)
  }

  /**
   * The rules as steps over values of this shape, to be run in order until one gives false. The
   * values have to be extended to the shape before the first, and the order of the shape to be reset.
   * @param base how many of the first slots are what Prometheus' builder starts with, see `LabelOrder`
   */
  bind(shape: Shape, base: number = 0): readonly Step[] {
    shape.base = base
    this.work.spend(shape.size * stepsOfName)
    return this.#compiled.map((bind) => bind(shape))
  }

  /**
   * What the rules make of a label set; undefined where they drop it. The input stays as it is. How long
   * the result is altogether is not looked at: see `checkLabelSize`.
   *
   * Where `labelmap` makes one label of several, the last one wins, in the order of Prometheus: first the
   * `base`, by name; then the others as they stand here, and what the rules set.
   * @param base how many of the labels are what relabelling starts with; left out: all of them
   * @throws {LabelSizeError} for a rule that reads or makes a text that is too long
   * @throws {RelabelWorkError} when the rules would do more than they may
   */
  apply(labels: Labels, base: number = Infinity): Labels | undefined {
    return withOrder((isNeeded) => {
      const bound = this.#load(labels, base, isNeeded)
      const { slots } = bound
      for (const step of bound.steps) if (!step(slots)) return undefined
      return bound.collector.labels(slots)
    })
  }

  /**
   * What each rule does to a label set, in order.
   * @param base as for {@link apply}
   * @throws {LabelSizeError} for labels that are too long, or a rule that makes such ones
   * @throws {RelabelWorkError} when the rules would do more than they may
   */
  explain(labels: Labels, base: number = Infinity): readonly RelabelStep[] {
    return withOrder((isNeeded) => {
      const bound = this.#load(labels, base, isNeeded)
      return explainSteps(this.rules, bound.steps, bound.slots, bound.collector)
    })
  }

  #load(labels: Labels, base: number, isOrdered: boolean): BoundRules {
    this.work.begin()
    const bound = this.#shapes.load(labels, base)
    const { slots, own, shape } = bound
    for (let i = own; i < shape.size; i += 1) slots[i] = ''
    if (isOrdered) shape.keepOrder()
    shape.order?.reset()
    return bound
  }
}

/**
 * Runs bound rules one by one, and notes what each made of the labels in the slots.
 * @param steps those of the rules, see {@link Relabeler.bind}
 * @param collector takes the labels out of the slots
 */
export function explainSteps(
  rules: readonly RelabelRule[],
  steps: readonly Step[],
  slots: string[],
  collector: Collector,
): readonly RelabelStep[] {
  let keep = true
  return rules.map((rule, i) => {
    keep &&= steps[i]?.(slots) ?? false
    if (!keep) return { rule, output: {}, keep }
    const { list, values } = collector.collect(slots)
    return { rule, output: list.labels(values), keep }
  })
}

/**
 * Compiled rules, each once and without a limit of work: the jobs of a large config have mostly the same ones. It holds all that it was
 * asked for, so it should not outlive its config.
 */
export class CompiledRules {
  readonly #known = new Map<string, CompiledRule>()
  readonly #work = new Work(Infinity)

  /** @throws {PatternError} when its regex is not valid */
  of(rule: RelabelRule, scheme: NameScheme): CompiledRule {
    // The modulus may be a bigint, which JSON has no way to write.
    const key = `${scheme} ${String(rule.modulus)} ${JSON.stringify({ ...rule, modulus: 0 })}`
    const compiled = this.#known.get(key) ?? compileRule(rule, scheme, this.#work)
    this.#known.set(key, compiled)
    return compiled
  }
}

function compileRule(rule: RelabelRule, scheme: NameScheme, work: Work): CompiledRule {
  switch (rule.action) {
    case 'replace':
      return replace(rule, scheme, work)
    case 'keep':
    case 'drop':
      return filter(rule, rule.action === 'keep', work)
    case 'keepequal':
    case 'dropequal':
      return compare(rule, rule.action === 'keepequal', work)
    case 'hashmod':
    case 'lowercase':
    case 'uppercase':
      return compute(rule, work)
    case 'labelmap':
      return mapNames(rule, work)
    case 'labeldrop':
    case 'labelkeep':
      return removeNames(rule, rule.action === 'labeldrop', work)
    case '':
      return () => () => true
  }
}
