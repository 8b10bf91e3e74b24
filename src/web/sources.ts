import type { AllocationSource } from '../allocation/source.js'
import type { ScrapeConfigsText } from '../config/index.js'
import type { GuardStatus } from '../discovery/guard/drop-guard.js'
import type { ProviderContent } from '../discovery/manager.js'
import type { ProviderStatus } from '../discovery/provider/provider-status.js'
import type { FiledJob } from '../outputs/index.js'
import type { Plan } from '../plan/index.js'
import type { ReloadReason, ReloadResult } from '../reload/index.js'
import type { Relay } from '../notifier/index.js'
import type { Observable } from 'rxjs'
import type { PartOfPool, PoolChange, SdForm } from '../scrape/index.js'
import type { EventLog } from '../scrape/events/index.js'
import type { TargetSearch } from '../scrape/search/index.js'

/** Whether the daemon is ready to answer for its targets. */
export type Readiness = 'starting' | 'ready' | 'stopping'

/** Which labels `/http_sd/<job>` gives. */
export type SdStage = 'relabeled' | 'raw' | 'unseeded'

/** A list of targets as JSON, as it was at the moment it was asked for, however long reading takes. */
export interface ListView {
  /** Names the list: no other list has this name. */
  readonly name: string
  /** Another text when every element is another one. */
  readonly stamp: string
  /** In order. A part is the same object for as long as its text is the same one. */
  readonly parts: readonly object[]
  /**
   * A part as text: JSON objects with commas between them, and none at its ends. Writing it takes about a
   * millisecond. A part of targets that are uncommonly large comes in several such texts, each written
   * when it is asked for.
   */
  texts(index: number): Iterable<string>
}

/** One scrape pool, to be read. */
export interface PoolView {
  readonly name: string
  /** Another text whenever another body would be given. */
  readonly version: string
  readonly activeCount: number
  /** Why every target of the pool fails; empty, or left out, when none does. */
  readonly error?: string
  /** All that were dropped, whether or not they are kept for display. */
  readonly droppedCount: number
  /**
   * The elements of `activeTargets` or of `droppedTargets`, of an http_sd answer, or of the Target Allocator's.
   * @param part some of its targets; left out: all
   */
  list(
    kind: 'active' | 'dropped' | SdStage | `${SdStage} legacy` | 'allocated',
    form?: SdForm,
    part?: PartOfPool,
  ): ListView
  /**
   * Of how many active targets an http_sd answer leaves out a label that has no name, and at how many a
   * label comes back that rules took away.
   */
  readonly httpSdLosses: { readonly leftOut: number; readonly comesBack: number }
}

/** The scrape pools. */
export interface PoolSource {
  /** Every pool, sorted by name. */
  pools(): readonly PoolView[]
  /** Which pool shows something else, until the daemon stops; left out: no request waits for a change. */
  readonly changes?: Observable<PoolChange>
  pool(name: string): PoolView | undefined
  /** The pool's config as YAML; undefined where there is no such pool. */
  configYaml(name: string): string | undefined
  /** What each relabel rule of the pool does to these labels, or a promise of it; undefined where there is no such pool. */
  relabelSteps(name: string, labels: Readonly<Record<string, string>>): unknown
  /** Where each rule of the pool stands in the config, in their order: `prometheus.yml:12:7`. */
  rulePlaces?(name: string): readonly string[]
  /** The same for the rules that are for its metrics. */
  metricRulePlaces?(name: string): readonly string[]
}

/** What the routes read of one discovery manager, and what they may change. */
export interface ProviderSource {
  providers(): readonly ProviderStatus[]
  /** Every provider with its config and what it has found. */
  contents(): readonly ProviderContent[]
  /** The target sets there are. */
  sets(): ReadonlyMap<string, unknown>
  /** The sets that are frozen, or of which a loss is held back. */
  guarded(): readonly GuardStatus[]
  /** Keeps every target of a set until `accept`. */
  freeze(set: string): void
  /** Believes every loss that is held back in a set, and ends a freeze. */
  accept(set: string): void
}

/** Discovered Alertmanagers, as URLs. */
export interface AlertmanagerSource {
  alertmanagers(): {
    readonly active: readonly { readonly url: string }[]
    readonly dropped: readonly { readonly url: string }[]
  }
  /** How each active one is doing; left out where that is not known. */
  health?(): readonly AlertmanagerHealth[]
}

/** How one Alertmanager is doing. */
export interface AlertmanagerHealth {
  readonly url: string
  /** Alerts that wait. */
  readonly queued: number
  /** Alerts that are on their way. */
  readonly sending: number
  /** What the last post failed with; undefined after one that was taken. */
  readonly lastError: string | undefined
  /** When the next try is due, in milliseconds since 1970; undefined when none waits for its time. */
  readonly nextTry: number | undefined
}

/** What this build is. */
export interface BuildInfo {
  readonly version: string
  readonly revision: string
  readonly branch: string
  readonly buildUser: string
  readonly buildDate: string
  /** What runs it, since there is no Go: `node v20.20.2`. */
  readonly goVersion: string
}

/** What the config in force looks like, and how the last reload went. */
export interface ConfigSource {
  /** The whole config as YAML, secrets hidden. */
  yaml(): string
  /** Every job as OpenTelemetry's Target Allocator gives it; undefined before the first config. */
  scrapeConfigs?(): Promise<ScrapeConfigsText> | undefined
  lastReloadOk(): boolean
  /** Milliseconds since 1970; undefined before the first success. */
  lastSuccessAt(): number | undefined
  /** How the last reload ended; undefined before the first. */
  lastReload?(): ReloadResult | undefined
  /** How the latest reloads ended, the last one first; left out where that is not known. */
  reloads?(): readonly ReloadResult[]
  /** Where the relabel rules of each section of `alerting.alertmanagers` stand. */
  alertmanagerRulePlaces?(): readonly (readonly string[])[]
}

/** What a reload would do, or why it would be refused. */
export type PlannedReload =
  | {
      readonly ok: true
      readonly plan: Plan
      /** The config on disk as YAML, secrets hidden. */
      readonly yaml: string
    }
  | { readonly ok: false; readonly reasons: readonly ReloadReason[] }

/** Everything the routes read and the few things they may ask for. The composition root fills it. */
export interface WebSources {
  readonly readiness: () => Readiness
  readonly pools: PoolSource
  readonly discovery: Readonly<Record<'scrape' | 'notify', ProviderSource>>
  /** Whether the pool of a job shows everything that scrape discovery has found for the job so far. */
  readonly isSettled: (job: string) => boolean
  readonly alertmanagers: AlertmanagerSource
  readonly config: ConfigSource
  readonly build: BuildInfo
  /** The value of every flag, as text. */
  readonly flags: Readonly<Record<string, string>>
  /** What the flags are by themselves; left out where that is not known. */
  readonly defaultFlags?: Readonly<Record<string, string>>
  /** What this build can do: category, feature, whether it is on. */
  features(): Readonly<Record<string, Readonly<Record<string, boolean>>>>
  /** Asks for a reload and waits for how it ends. */
  reload(): Promise<ReloadResult>
  /** Says what a reload would do, and changes nothing. */
  planReload(): Promise<PlannedReload>
  /** Asks the daemon to end; called once at most. */
  quit(): void
  /** Finds targets; without it there is no search. */
  readonly search?: TargetSearch
  /** The events of targets; undefined where none are kept. */
  readonly events?: EventLog
  /** The files of targets; left out where none are written. */
  files?(): readonly FiledJob[]
  /** Takes alerts for the notifier; without it there is no alert route. */
  readonly relay?: Relay
  /** Shares the targets out among members; without it there are no routes of a Target Allocator. */
  readonly allocation?: AllocationSource
}
