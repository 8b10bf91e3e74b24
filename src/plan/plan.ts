import type { Labels } from '../labels/index.js'
import type { SettingChange } from './settings.js'

/** A rule, as people see it. */
export interface RuleName {
  /** Counts from 1. */
  readonly rule: number
  /** Which config it is in. */
  readonly config: 'before' | 'after'
  /** `prometheus.yml:12:7`; left out where the job comes from no file. */
  readonly place?: string
}

/** An active target, with the names of `/api/v1/targets`. */
export interface PlannedTarget {
  readonly labels: Labels
  readonly scrapeUrl: string
  readonly scrapeInterval: string
  readonly scrapeTimeout: string
}

/** A label that is another one; null where there is none. */
export interface LabelChange {
  readonly label: string
  readonly before: string | null
  readonly after: string | null
  /** What makes it so; left out where no rule does. */
  readonly by?: RuleName
}

/** A target that comes. */
export interface AddedTarget extends PlannedTarget {
  /** Why it was not there before; left out where it was not discovered for the job. */
  readonly before?: Reason
}

/** A target that goes. */
export interface RemovedTarget extends PlannedTarget {
  /** Why; left out where it is not discovered for the job any more. */
  readonly reason?: Reason
}

/** Why a discovered target is none. */
export type Reason =
  | { readonly kind: 'dropped'; readonly by?: RuleName }
  | { readonly kind: 'failed'; readonly fault: string }

/** A target that stays and is another one: with other labels, or asked in another way. */
export interface ChangedTarget {
  readonly before: PlannedTarget
  readonly after: PlannedTarget
  /** Those without two underscores in front first. */
  readonly changes: readonly LabelChange[]
}

/** A target that another job has now, at the same URL. */
export interface MovedTarget extends ChangedTarget {
  readonly from: string
  readonly to: string
}

/** How many active targets come, go and change. */
export interface Counts {
  readonly added: number
  readonly removed: number
  /** Their public labels change. */
  readonly relabelled: number
  /** Only how they are asked changes: URL, interval, timeout, or a label that no series has. */
  readonly asked: number
  /** They go to or come from another job. */
  readonly moved: number
}

/** What a change does to one job. */
export interface JobPlan {
  readonly job: string
  readonly kind: 'changed' | 'new' | 'gone'
  /** Active targets. */
  readonly before: number
  readonly after: number
  readonly same: number
  /** `moved`: those that leave this job for another one. */
  readonly counts: Counts
  /** How many of its discovered targets cannot be made. */
  readonly failing: { readonly before: number; readonly after: number }
  readonly settings: readonly SettingChange[]
  /** Which rules remove targets, those that remove most first; counted over the targets that are listed. */
  readonly removedBy: readonly { readonly by: RuleName; readonly targets: number }[]
  /** The first of each kind. */
  readonly added: readonly AddedTarget[]
  readonly removed: readonly RemovedTarget[]
  readonly changed: readonly ChangedTarget[]
  /** Providers of the new config whose targets are not known: what the job will have is not known either. */
  readonly unknown: readonly string[]
}

/** What a change does to one section of `alerting.alertmanagers`. */
export interface AlertmanagerPlan {
  /** `config-0`: of the new config, or of the old one where it is gone. */
  readonly section: string
  readonly kind: 'changed' | 'new' | 'gone'
  readonly before: number
  readonly after: number
  readonly settings: readonly SettingChange[]
  /** URLs that alerts are posted to. */
  readonly added: readonly string[]
  readonly removed: readonly { readonly url: string; readonly reason?: Reason }[]
  readonly unknown: readonly string[]
}

/** A provider of a config of which it is not known what it finds. */
export interface UnknownProvider {
  readonly config: 'before' | 'after'
  readonly manager: 'scrape' | 'notify'
  readonly mechanism: string
  /** Names the mechanism and its config. */
  readonly fingerprint: string
  readonly sets: readonly string[]
  readonly why: string
  /** A provider that is known and asks the same server for something else. */
  readonly near?: { readonly sets: readonly string[]; readonly differs: readonly string[] }
}

/** What a change of the config does. */
export interface Plan {
  readonly totals: Counts
  /** The jobs of both configs that stay as they are. */
  readonly unchangedJobs: number
  /** By name. */
  readonly jobs: readonly JobPlan[]
  readonly moved: readonly MovedTarget[]
  readonly alertmanagers: readonly AlertmanagerPlan[]
  readonly unknown: readonly UnknownProvider[]
}

/** Whether a change changes nothing that a plan knows of. */
export function isEmpty(plan: Plan): boolean {
  return plan.jobs.length === 0 && plan.alertmanagers.length === 0 && plan.unknown.length === 0
}
