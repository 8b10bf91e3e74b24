import type { Observable } from 'rxjs'
import type { TargetGroup } from './target-group.js'

/** Finds target groups by one mechanism, for one config. */
export interface Discoverer {
  /**
   * The groups, as a cold stream: subscribing starts the search, unsubscribing frees everything it
   * holds, timers, sockets and watches included. Each emission names only the groups that changed;
   * the first one names all of them. Where it cannot, since a part of the search failed, the
   * discoverer says so beforehand (`reportError` or `reportPartial` of its context).
   *
   * It may error: the provider then logs, waits (exponential back-off with jitter; an error's own
   * `retryAfterMs` is honoured) and subscribes again, and keeps the groups it had meanwhile. It never
   * completes on its own, except `static`.
   */
  groups(): Observable<readonly TargetGroup[]>
}
