import type { TargetGroup } from '../../discovery/groups/target-group.js'
import { type Labels, labelValue } from '../../labels/index.js'
import {
  CacheBudget,
  type Collected,
  compareNames,
  type CompiledRules,
  LabelSizeError,
  maxLabelCharacters,
  maxWork,
  NameList,
  Relabeler,
  type RelabelStep,
  type RelabelThread,
  RelabelWorkError,
  type RuleMatch,
  Shape,
  ShapeCache,
  type Shaped,
  type Step,
  withOrder,
} from '../../relabel/index.js'
import { formatDuration } from '../../go/model-duration.js'
import { errorMessage } from '../../telemetry/error-text.js'
import type { ScrapeJob } from '../job.js'
import { type DefaultLabel, LabelLayout, metaPrefix } from './label-layout.js'
import { faultOfValues, TargetChecks } from './target-checks.js'

/** What relabelling makes of a discovered target. */
export type RelabelResult =
  | { readonly kind: 'active'; readonly labels: Collected; readonly instance: string }
  | { readonly kind: 'dropped' }
  | { readonly kind: 'failed'; readonly fault: string }
  /** The rules take too long to be applied in between. */
  | { readonly kind: 'heavy' }

/** The labels of a group's targets, one target at a time. */
export interface GroupLabels {
  /**
   * The labels before relabelling, those of the group and of the job included; undefined where they are
   * too long to be shown.
   */
  discovered(index: number): Collected | undefined
  /**
   * Those of the target and its group alone, without what the job gives every target: a consumer with the
   * job's config adds that itself. Undefined where they are too long to be shown.
   */
  unseeded(index: number): Collected | undefined
  /** The labels after relabelling, without those that only discovery needs. */
  relabeled(index: number): RelabelResult
  /**
   * The position in `relabel_configs`, from 0, of the rule that drops the target; undefined where none does.
   * @throws {LabelSizeError} for labels that are too long, or a rule that makes such ones
   * @throws {RelabelWorkError} when the rules take too long
   */
  droppedBy(index: number): number | undefined
  /**
   * The rules, from 0, whose condition is true for the target as it gets to them.
   * @param matches conditions by rule; undefined where none is asked for
   * @throws {LabelSizeError} for labels that are too long, or a rule that makes such ones
   * @throws {RelabelWorkError} when the rules take too long
   */
  matching(index: number, matches: readonly (RuleMatch | undefined)[]): readonly number[]
  /**
   * What each rule makes of the target: the same labels in the same order as {@link relabeled} has them.
   * @throws {LabelSizeError} for labels that are too long, or a rule that makes such ones
   * @throws {RelabelWorkError} when the rules take too long
   */
  explained(index: number): readonly RelabelStep[]
  /** The same, of a target for which that is too much, in a thread of its own. */
  relabeledBeside(
    index: number,
    thread: RelabelThread,
    signal?: AbortSignal,
  ): Promise<RelabelResult>
}

/** The layouts of targets in groups with the same label names. */
interface GroupLayouts extends Shaped {
  readonly targets: ShapeCache<LabelLayout>
}

const dropped: RelabelResult = { kind: 'dropped' }

/** A scrape job with its relabelling rules compiled: turns target groups into targets. */
export class CompiledJob {
  readonly job: ScrapeJob
  readonly relabeler: Relabeler
  readonly #checks = new TargetChecks()
  readonly #groups: ShapeCache<GroupLayouts>

  /**
   * @param limit what the rules may do for one target, in steps; left out: `maxWork`
   * @param known rules without a limit that were compiled for other jobs; takes those of this one
   * @throws when a rule cannot be compiled
   */
  constructor(job: ScrapeJob, limit: number = maxWork, known?: CompiledRules) {
    this.job = job
    const { relabel_configs, metric_name_validation_scheme: scheme } = job
    this.relabeler = new Relabeler(relabel_configs, scheme, limit, known)
    const defaults = defaultLabels(job)
    const bind = (shape: Shape): readonly Step[] => this.relabeler.bind(shape)
    const budget = new CacheBudget()
    this.#groups = new ShapeCache((groupNames) => {
      const targets = new ShapeCache(
        (names) => new LabelLayout(names, groupNames, defaults, bind, budget),
        budget,
      )
      const slots: string[] = []
      const release = (): void => {
        slots.fill('')
        targets.release()
      }
      return { shape: new Shape(groupNames), slots, targets, release }
    }, budget)
  }

  /**
   * What each relabelling rule does to a label set.
   * @throws {LabelSizeError} for labels that are too long, or a rule that makes such ones
   * @throws {RelabelWorkError} when it takes too long to be done at once
   */
  explain(labels: Labels): readonly RelabelStep[] {
    return this.relabeler.explain(labels)
  }

  /** The labels of the group's targets, before and after relabelling; made when they are asked for. */
  labelsOf(group: TargetGroup): GroupLabels {
    const layouts = orUndefined(() => this.#groups.load(group.labels))
    if (layouts === undefined) return allTooLarge
    const { targets } = layouts
    const shared = Object.values(group.labels)
    const layoutOf = (index: number, isOrdered = false): LabelLayout => {
      const layout = targets.load(group.targets[index] ?? {})
      if (isOrdered) layout.shape.keepOrder()
      layout.complete(shared)
      return layout
    }
    const withoutJob = (index: number): LabelLayout => {
      const layout = targets.load(group.targets[index] ?? {})
      layout.addGroup(shared)
      return layout
    }
    return {
      discovered: (index) => shown(() => layoutOf(index).discovered()),
      unseeded: (index) => shown(() => withoutJob(index).discovered()),
      relabeled: (index) => {
        this.relabeler.work.begin()
        try {
          return withOrder((isNeeded) => this.#relabel(layoutOf(index, isNeeded)))
        } catch (error) {
          if (error instanceof RelabelWorkError) return { kind: 'heavy' }
          // One target must not take the others with it, whatever is the matter with it.
          return { kind: 'failed', fault: errorMessage(error) }
        }
      },
      droppedBy: (index) => {
        this.relabeler.work.begin()
        return withOrder((isNeeded) => {
          const { steps, slots } = layoutOf(index, isNeeded)
          const at = steps.findIndex((step) => !step(slots))
          return at < 0 ? undefined : at
        })
      },
      matching: (index, matches) => {
        this.relabeler.work.begin()
        return withOrder((isNeeded) => layoutOf(index, isNeeded).matching(matches))
      },
      explained: (index) => {
        this.relabeler.work.begin()
        return withOrder((isNeeded) => layoutOf(index, isNeeded).explain(this.relabeler.rules))
      },
      relabeledBeside: async (index, thread, signal) => {
        try {
          const entries = this.#inOrder(group, index)
          return this.#finished(await thread.apply(this.relabeler, entries, 0, signal))
        } catch (error) {
          return { kind: 'failed', fault: errorMessage(error) }
        }
      },
    }
  }

  /** The labels of a target before the rules, in Prometheus' order. No rule is bound to them. */
  #inOrder(group: TargetGroup, index: number): readonly (readonly [name: string, value: string])[] {
    const target = group.targets[index] ?? {}
    const names = [target, group.labels].map((labels) => Object.keys(labels))
    const defaults = defaultLabels(this.job)
    const layout = new LabelLayout(
      names[0] ?? [],
      names[1] ?? [],
      defaults,
      noSteps,
      new CacheBudget(),
    )
    layout.shape.keepOrder()
    for (const [slot, value] of Object.values(target).entries()) layout.slots[slot] = value
    layout.complete(Object.values(group.labels))
    return layout.inOrder()
  }

  /** Checks what rules made of a target elsewhere. */
  #finished(relabeled: Labels | undefined): RelabelResult {
    if (relabeled === undefined) return dropped
    const value = (name: string): string => labelValue(relabeled, name)
    const host = value('__address__')
    if (host.length > maxLabelCharacters) throw new LabelSizeError()
    const fault = this.#checks.fault(
      host,
      value('__scrape_interval__'),
      value('__scrape_timeout__'),
    )
    if (fault !== undefined) return { kind: 'failed', fault }
    const instance = value('instance') || host
    const all = Object.entries(relabeled).filter(([name]) => name !== 'instance')
    const kept = [...all, ['instance', instance] as const]
      .filter(([name]) => !name.startsWith(metaPrefix))
      .sort(([a], [b]) => compareNames(a, b))
    const list = new NameList(kept.map(([name]) => name))
    const values = kept.map(([, one]) => one)
    const characters = values.reduce((sum, one) => sum + one.length, list.length)
    if (characters > maxLabelCharacters) throw new LabelSizeError()
    const faultOfLabels = faultOfValues(list.names, values)
    if (faultOfLabels !== undefined) return { kind: 'failed', fault: faultOfLabels }
    return { kind: 'active', labels: { list, values, characters }, instance }
  }

  #relabel(layout: LabelLayout): RelabelResult {
    const { slots } = layout
    for (const step of layout.steps) if (!step(slots)) return dropped
    const { address, instance, interval, timeout } = layout.checkedSlots
    const host = slots[address] ?? ''
    if (host.length > maxLabelCharacters) throw new LabelSizeError()
    const fault = this.#checks.fault(host, slots[interval] ?? '', slots[timeout] ?? '')
    if (fault !== undefined) return { kind: 'failed', fault }
    const name = slots[instance] || host
    slots[instance] = name
    const labels = layout.final()
    if (labels.characters > maxLabelCharacters) throw new LabelSizeError()
    const faultOfLabels = faultOfValues(labels.list.names, labels.values)
    return faultOfLabels === undefined
      ? { kind: 'active', labels, instance: name }
      : { kind: 'failed', fault: faultOfLabels }
  }
}

/** The labels of targets in a group whose label names are too long. */
const allTooLarge: GroupLabels = {
  discovered: () => undefined,
  unseeded: () => undefined,
  relabeled: () => ({ kind: 'failed', fault: new LabelSizeError().message }),
  droppedBy: () => {
    throw new LabelSizeError()
  },
  matching: () => {
    throw new LabelSizeError()
  },
  explained: () => {
    throw new LabelSizeError()
  },
  relabeledBeside: () => Promise.resolve({ kind: 'failed', fault: new LabelSizeError().message }),
}

/** Labels to be shown; undefined where they are too long. */
function shown(collect: () => Collected): Collected | undefined {
  const found = orUndefined(collect)
  return found && found.characters > maxLabelCharacters ? undefined : found
}

/** @returns undefined where label names are too long */
function orUndefined<T>(load: () => T): T | undefined {
  try {
    return load()
  } catch (error) {
    if (error instanceof LabelSizeError) return undefined
    throw error
  }
}

/**
 * The labels every target of a job has unless discovery brings its own, as Prometheus 3.5 has them.
 * (Later versions add three about histograms, such as `__scrape_native_histograms__`.)
 */
function defaultLabels(job: ScrapeJob): readonly DefaultLabel[] {
  const params = Object.entries(job.params).map(([name, values]) => ({
    name: `__param_${name}`,
    value: values[0] ?? '',
  }))
  return [
    { name: 'job', value: job.job_name },
    { name: '__scrape_interval__', value: formatDuration(job.scrape_interval) },
    { name: '__scrape_timeout__', value: formatDuration(job.scrape_timeout) },
    { name: '__metrics_path__', value: job.metrics_path },
    { name: '__scheme__', value: job.scheme },
    ...params,
  ]
}

function noSteps(): readonly Step[] {
  return []
}
