import {
  asyncScheduler,
  catchError,
  defer,
  EMPTY,
  filter,
  fromEventPattern,
  ignoreElements,
  interval,
  map,
  merge,
  mergeMap,
  repeat,
  type SchedulerLike,
  tap,
  timer,
  of,
} from 'rxjs'
import { checkMs, timerMs } from './timer-ms.js'
import type { ReloadRequest, Trigger } from './trigger.js'

/** Where signals come from: `process`, or a fake one in tests. */
export interface SignalEvents {
  on(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown
  off(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown
}

/** Asks for a reload at every such signal; the cause is its name. */
export function onSignal(source: SignalEvents, signal: NodeJS.Signals): Trigger {
  return () =>
    fromEventPattern<NodeJS.Signals>(
      (listener) => source.on(signal, listener),
      (listener) => source.off(signal, listener),
    ).pipe(map(() => ({ cause: signal })))
}

/**
 * Asks for a reload at a fixed interval; the cause is `timer`.
 * @throws ReloadUsageError when it is negative or NaN
 */
export function everyMs(ms: number, scheduler: SchedulerLike = asyncScheduler): Trigger {
  checkMs('everyMs', ms)
  return () => interval(timerMs(ms), scheduler).pipe(map(() => ({ cause: 'timer' })))
}

/** What {@link onContentChange} is given. */
export interface ContentChangeOptions {
  /** Milliseconds from the end of one look, or of any reload, to the next look. */
  readonly everyMs: number
  readonly scheduler?: SchedulerLike
  /**
   * Told when the content could not be read; a reload is asked for all the same, and says why. What it
   * throws ends the reloader.
   */
  readonly onError?: (error: unknown) => void
}

/**
 * Asks for a reload when the content is not what runs; the cause is `file change`.
 *
 * It compares the reloader's `fingerprint` with that of the last reload that succeeded, whatever asked
 * for it. Content that was refused is therefore tried again at every look, as Prometheus does with
 * `--config.auto-reload`. Without a `fingerprint` it asks for nothing.
 * @throws ReloadUsageError when `everyMs` is negative or NaN
 */
export function onContentChange(options: ContentChangeOptions): Trigger {
  const { scheduler = asyncScheduler, onError } = options
  checkMs('onContentChange: everyMs', options.everyMs)
  return ({ results, fingerprint }) => {
    if (fingerprint === undefined) return EMPTY
    let running: string | undefined
    const request: ReloadRequest = { cause: 'file change' }
    const look = defer(async () => fingerprint()).pipe(
      filter((content) => content !== running),
      catchError((error: unknown) => {
        onError?.(error)
        return of(undefined)
      }),
      map(() => request),
    )
    const remember = results.pipe(
      tap((result) => {
        if (result.ok) running = result.fingerprint
      }),
      ignoreElements(),
    )
    const looks = defer(() => timer(timerMs(options.everyMs), scheduler)).pipe(
      mergeMap(() => look),
      repeat(),
    )
    return merge(remember, looks)
  }
}
