/** Why a reload or a check was refused: one per part that had something against it. */
export interface ReloadReason {
  /** The part's name, or `load` where the config itself could not be had. */
  readonly part: string
  /**
   * What was being done. After `load` and `prepare` nothing has changed anywhere. `commit` and
   * `discard` cannot fail by contract: a part that threw there has a defect, and after `commit` the
   * others have taken the new config. `stop`: the daemon ended first.
   */
  readonly phase: 'load' | 'prepare' | 'commit' | 'discard' | 'stop'
  readonly error: unknown
}

/** What one part did, and for how long. */
export interface PartTiming {
  readonly part: string
  readonly prepareMs: number
  readonly commitMs: number
}

interface Finished {
  /** What asked for it, each cause once: `SIGHUP`, `web`, `file change`, ... */
  readonly causes: readonly string[]
  /** When it began, in milliseconds since the epoch. */
  readonly startedAt: number
  readonly durationMs: number
  /** The content as the `fingerprint` option saw it before it was loaded. */
  readonly fingerprint: string | undefined
}

/** Every part has taken the config. */
export interface ReloadSuccess extends Finished {
  readonly ok: true
  readonly reasons: readonly []
  /** In the order of the parts. */
  readonly parts: readonly PartTiming[]
  /** What each part says that it changed, in the order of the parts. */
  readonly changes: readonly PartChanges[]
}

/** The config was refused, and each reason says by whom. */
export interface ReloadFailure extends Finished {
  readonly ok: false
  readonly reasons: readonly ReloadReason[]
}

/** How a reload ended. */
export type ReloadResult = ReloadSuccess | ReloadFailure

/** What one part changes, or would change, in its own words. */
export interface PartChanges {
  readonly part: string
  /** Undefined where the part does not say. */
  readonly changes: readonly string[] | undefined
}

/** The answer to a dry run. */
export interface CheckResult {
  readonly ok: boolean
  readonly reasons: readonly ReloadReason[]
  /** Of the parts that could prepare, in their order. */
  readonly changes: readonly PartChanges[]
}

/** Where a reloader stands; a new one is emitted at every change. */
export interface ReloadStatus {
  readonly state: 'waiting' | 'reloading' | 'idle' | 'stopped'
  /** What the reload that runs now was asked for by; empty when none runs. */
  readonly causes: readonly string[]
  readonly last: ReloadResult | undefined
  /** When the last success ended, in milliseconds since the epoch. */
  readonly lastSuccessAt: number | undefined
}
