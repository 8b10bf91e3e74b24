/**
 * How a provider is doing: `starting` until its first answer; `running`; `failing` while its last
 * try failed or part of it does (it keeps its groups); `failed` when its discoverer could not even be
 * built; `stopped` for good.
 */
export type ProviderState = 'starting' | 'running' | 'failing' | 'failed' | 'stopped'

/** What went wrong last. */
export interface ProviderError {
  readonly message: string
  /** A stable code (`ERR_...`, `ECONNREFUSED`), or the name of the error's class. */
  readonly kind: string
  /** Milliseconds since 1970. */
  readonly at: number
}

/** The truth about one provider. Times are milliseconds since 1970. */
export interface ProviderStatus {
  /** `consul/0` */
  readonly name: string
  /** `consul` */
  readonly mechanism: string
  /** The target sets that subscribe to it. */
  readonly sets: readonly string[]
  readonly state: ProviderState
  /** When it last had a good answer, whether or not anything was new. */
  readonly lastSuccess: number | undefined
  /** Kept after recovery; `state` says whether it still holds. */
  readonly lastError: ProviderError | undefined
  /** Since the last good answer. */
  readonly consecutiveFailures: number
  /** Since it was started. */
  readonly failures: number
  /** When it tries again, while it waits for that. */
  readonly nextTry: number | undefined
  readonly groups: number
  readonly targets: number
  /** Batches of groups it gave so far. */
  readonly updates: number
  /** Requests it made so far, as far as its mechanism counts them. */
  readonly requests: number
  /**
   * Its groups are from before the start, as of this time, and no live answer has come yet; undefined
   * where they are live.
   */
  readonly staleSince: number | undefined
}
