import type { Observable } from 'rxjs'
import type { ReloadResult } from './result.js'

/** One request for a reload. */
export interface ReloadRequest {
  /** What asked: `SIGHUP`, `file change`, ...; for logs and results. */
  readonly cause: string
  /** Called with the result of the reload that served this request. Must not throw. */
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
 * A stream of requests. The reloader subscribes when it starts, before the first load, and
 * unsubscribes when it stops. A trigger that errors ends the reloader with that error.
 */
export type Trigger = (context: TriggerContext) => Observable<ReloadRequest>
