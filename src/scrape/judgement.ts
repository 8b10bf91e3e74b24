import type { TargetGroup } from '../discovery/groups/target-group.js'
import { formatUrl } from '../go/format-url.js'
import type { Labels } from '../labels/index.js'
import {
  type CompiledRules,
  LabelSizeError,
  type LabelValues,
  type RelabelRule,
  type RelabelStep,
  type RelabelThread,
  RelabelWorkError,
  type RuleMatch,
} from '../relabel/index.js'
import { errorMessage } from '../telemetry/error-text.js'
import type { Place } from '../yaml/index.js'
import type { ScrapeJob } from './job.js'
import { urlOf } from './lists/elements.js'
import { SelectionCache } from './lists/name-selections.js'
import { CompiledJob, type GroupLabels, type RelabelResult } from './targets/compiled-job.js'

/** A rule as people see it. */
export interface NumberedRule {
  /** Counts from 1. */
  readonly number: number
  readonly rule: RelabelRule
  /** Undefined where the job comes from no file. */
  readonly place: Place | undefined
}

/** What the rules of a job do to a target, or why that cannot be told. */
export type Explanation =
  | { readonly kind: 'steps'; readonly steps: readonly RelabelStep[] }
  | { readonly kind: 'failed'; readonly fault: string }

export interface JudgeOptions {
  /**
   * What the rules may do for one target, in steps: see `maxWork`. Left out: no limit, which is for commands;
   * in a process that has more to do, a target whose rules take too long is `heavy`.
   */
  readonly limit?: number
  /** Rules without a limit that were compiled for other jobs; takes those of this one. */
  readonly known?: CompiledRules
}

/**
 * Says what a scrape config makes of discovered targets, without a pool: by the same code as the pools, so
 * with the same answer, but for targets that several groups have, which a pool shows once.
 */
export class JobJudge {
  readonly job: ScrapeJob
  readonly #compiled: CompiledJob
  readonly #selections = new SelectionCache()

  /** @throws {PatternError} when a rule cannot be compiled */
  constructor(job: ScrapeJob, { limit = Infinity, known }: JudgeOptions = {}) {
    this.job = job
    this.#compiled = new CompiledJob(job, limit, known)
  }

  /** The targets of a group, to be judged one by one. */
  group(group: TargetGroup): JudgedGroup {
    return new JudgedGroup(group, this.#compiled.labelsOf(group), (index) => this.rule(index))
  }

  /** One label set, as discovery or `discoveredLabels` of the API gives it. */
  target(labels: Labels): JudgedGroup {
    return this.group({ source: '', labels: {}, targets: [labels] })
  }

  /** @param index in `relabel_configs`, from 0 */
  rule(index: number): NumberedRule | undefined {
    const rule = this.job.relabel_configs[index]
    return rule && { number: index + 1, rule, place: this.job.rule_places?.[index] }
  }

  /** The labels that every series of an active target gets: those without two underscores in front. */
  publicLabels({ list, values }: LabelValues): Labels {
    return this.#selections.of(list).publicLabels.labels(values)
  }

  /** The URL that an active target is scraped at. */
  scrapeUrl(target: LabelValues): string {
    return formatUrl(urlOf(target, this.job, this.#selections))
  }
}

/** The targets of one group and what becomes of them; everything is found out when it is asked for. */
export class JudgedGroup {
  readonly group: TargetGroup
  readonly #labels: GroupLabels
  readonly #ruleAt: (index: number) => NumberedRule | undefined

  constructor(
    group: TargetGroup,
    labels: GroupLabels,
    ruleAt: (index: number) => NumberedRule | undefined,
  ) {
    this.group = group
    this.#labels = labels
    this.#ruleAt = ruleAt
  }

  get size(): number {
    return this.group.targets.length
  }

  /** What becomes of a target. The fast path: no rule is told apart. */
  verdict(at: number = 0): RelabelResult {
    return this.#labels.relabeled(at)
  }

  /** What becomes of a target that is `heavy`, found out in a thread. It `failed` where that takes too long. */
  verdictBeside(at: number, thread: RelabelThread): Promise<RelabelResult> {
    return this.#labels.relabeledBeside(at, thread)
  }

  /** Its labels before the rules, with those of its group and its job; none where they are too long to be shown. */
  discovered(at: number = 0): Labels {
    const found = this.#labels.discovered(at)
    return found === undefined ? {} : found.list.labels(found.values)
  }

  /** The rule that drops a target; undefined where none does. Runs the rules once more. */
  droppedBy(at: number = 0): NumberedRule | undefined {
    try {
      const index = this.#labels.droppedBy(at)
      return index === undefined ? undefined : this.#ruleAt(index)
    } catch (error) {
      // The verdict says what is the matter: such a target fails, it is not dropped.
      if (isTargetFault(error)) return undefined
      throw error
    }
  }

  /**
   * The rules, from 0, whose condition is true for a target as it gets to them; none where the rules cannot
   * be run. Much faster than {@link explain}.
   * @param matches conditions by rule; undefined where none is asked for
   */
  matching(at: number, matches: readonly (RuleMatch | undefined)[]): readonly number[] {
    try {
      return this.#labels.matching(at, matches)
    } catch (error) {
      if (isTargetFault(error)) return []
      throw error
    }
  }

  /** What every rule makes of a target. Runs the rules once more. */
  explain(at: number = 0): Explanation {
    try {
      return { kind: 'steps', steps: this.#labels.explained(at) }
    } catch (error) {
      if (isTargetFault(error)) return { kind: 'failed', fault: errorMessage(error) }
      throw error
    }
  }
}

/** Whether an error is about the labels of one target. */
function isTargetFault(error: unknown): boolean {
  return error instanceof LabelSizeError || error instanceof RelabelWorkError
}
