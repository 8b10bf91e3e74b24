import type { Observable } from 'rxjs'
import type { ReloadResult } from './result.js'

/** One wish for a reload. */
export interface ReloadRequest {
  /** What asked: `SIGHUP`, `file change`, ...; for logs and results. */
  readonly cause: string
  /** Is told how the reload went that served this wish. Must not throw. */
  readonly reply?: (result: ReloadResult) => void
}

/** What a trigger can look at. */
export interface TriggerContext {
  /** Every reload that ends, the first load included. */
  readonly results: Observable<ReloadResult>
  /** The reloader's `fingerprint` option. */
  readonly fingerprint: (() => Promise<string>) | undefined
}

/**
 * A stream of wishes. It is subscribed to when the reloader starts, before the first load, and left
 * when it stops. A trigger that errors ends the reloader with that error.
 */
export type Trigger = (context: TriggerContext) => Observable<ReloadRequest>
