import type { TargetGroup } from '../../discovery/groups/target-group.js'
import type { Labels } from '../../labels/index.js'
import {
  CacheBudget,
  type Collected,
  LabelSizeError,
  maxLabelCharacters,
  Relabeler,
  type RelabelStep,
  Shape,
  ShapeCache,
  type Shaped,
  type Step,
} from '../../relabel/index.js'
import { formatDuration } from '../../go/model-duration.js'
import { errorMessage } from '../../telemetry/error-text.js'
import type { ScrapeJob } from '../job.js'
import { type DefaultLabel, LabelLayout } from './label-layout.js'
import { faultOfValues, TargetChecks } from './target-checks.js'

/** What relabelling makes of a discovered target. */
export type RelabelResult =
  | { readonly kind: 'active'; readonly labels: Collected; readonly instance: string }
  | { readonly kind: 'dropped' }
  | { readonly kind: 'failed'; readonly fault: string }

/** The labels of a group's targets, one target at a time. */
export interface GroupLabels {
  /**
   * The labels before relabelling, those of the group and of the job included; undefined where they are
   * too long to be shown.
   */
  discovered(index: number): Collected | undefined
  /** The labels after relabelling, without those that only discovery needs. */
  relabeled(index: number): RelabelResult
}

/** The layouts of targets in groups with the same label names. */
interface GroupLayouts extends Shaped {
  readonly targets: ShapeCache<LabelLayout>
}

const dropped: RelabelResult = { kind: 'dropped' }

/** A scrape job with its relabelling rules compiled: turns target groups into targets. */
export class CompiledJob {
  readonly job: ScrapeJob
  readonly #relabeler: Relabeler
  readonly #checks = new TargetChecks()
  readonly #groups: ShapeCache<GroupLayouts>

  /** @throws when a rule cannot be compiled */
  constructor(job: ScrapeJob) {
    this.job = job
    this.#relabeler = new Relabeler(job.relabel_configs, job.metric_name_validation_scheme)
    const defaults = defaultLabels(job)
    const bind = (shape: Shape): readonly Step[] => this.#relabeler.bind(shape)
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
   */
  explain(labels: Labels): readonly RelabelStep[] {
    return this.#relabeler.explain(labels)
  }

  /** The labels of the group's targets, before and after relabelling; made when they are asked for. */
  labelsOf(group: TargetGroup): GroupLabels {
    const layouts = orUndefined(() => this.#groups.load(group.labels))
    if (layouts === undefined) return allTooLarge
    const { targets } = layouts
    const shared = Object.values(group.labels)
    const layoutOf = (index: number): LabelLayout => {
      const layout = targets.load(group.targets[index] ?? {})
      layout.complete(shared)
      return layout
    }
    return {
      discovered(index) {
        const found = orUndefined(() => layoutOf(index).discovered())
        return found && found.characters > maxLabelCharacters ? undefined : found
      },
      relabeled: (index) => {
        try {
          return this.#relabel(layoutOf(index))
        } catch (error) {
          // One target must not take the others with it, whatever is the matter with it.
          return { kind: 'failed', fault: errorMessage(error) }
        }
      },
    }
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
  relabeled: () => ({ kind: 'failed', fault: new LabelSizeError().message }),
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
