import type { StopReport } from './report.js'

/** What every event of an actor's life says. Times are in milliseconds of the group's clock. */
interface ActorEvent {
  readonly actor: string
  /** When it happened, by the group's `now`. */
  readonly at: number
}

/** `execute` is about to be called. */
export interface StartEvent extends ActorEvent {
  readonly type: 'start'
}

/** The gate given as `ready` opened. */
export interface ReadyEvent extends ActorEvent {
  readonly type: 'ready'
  /** Since its start; 0 for an actor that was ready before it started. */
  readonly afterMs: number
}

/** `interrupt` is about to be called. */
export interface InterruptEvent extends ActorEvent {
  readonly type: 'interrupt'
  /** What the first actor settled with; undefined when it settled well. */
  readonly reason: unknown
}

/** `execute` has settled. */
export interface SettleEvent extends ActorEvent {
  readonly type: 'settle'
  readonly outcome: Outcome
  /** Since its start. */
  readonly ranMs: number
  /** Since its interrupt; undefined for an actor that settled on its own. */
  readonly stoppedInMs: number | undefined
}

/** A stop deadline passed; the actors it concerns are waited for no longer. */
export interface OverdueEvent {
  readonly type: 'overdue'
  readonly at: number
  /** The actor whose own deadline passed; undefined when it was the whole group's. */
  readonly actor: string | undefined
  /** Every actor that was not done at that moment. */
  readonly report: StopReport
}

/** How an `execute` ended. */
export type Outcome = { readonly ok: true } | { readonly ok: false; readonly error: unknown }

/** What happens to the actors of a group: enough to make a log, a metric or a timeline from. */
export type LifecycleEvent = StartEvent | ReadyEvent | InterruptEvent | SettleEvent | OverdueEvent
