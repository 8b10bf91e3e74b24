import type { ReloadReason } from './result.js'

/** The first load failed, so the daemon cannot start. `cause` is the first reason's error. */
export class InitialLoadError extends Error {
  override readonly name = 'InitialLoadError'
  readonly code = 'ERR_RELOAD_INITIAL'
  readonly reasons: readonly ReloadReason[]

  constructor(reasons: readonly ReloadReason[]) {
    super(`cannot start: ${formatReasons(reasons)}`, { cause: reasons[0]?.error })
    this.reasons = reasons
  }
}

/** The reloader ended before it came to this request. */
export class ReloadStoppedError extends Error {
  override readonly name = 'ReloadStoppedError'
  readonly code = 'ERR_RELOAD_STOPPED'

  constructor() {
    super('the reloader has been stopped')
  }
}

/** A load or a part took longer than `timeoutMs`; what it gives later is discarded. */
export class ReloadTimeoutError extends Error {
  override readonly name = 'ReloadTimeoutError'
  readonly code = 'ERR_RELOAD_TIMEOUT'

  constructor(timeoutMs: number) {
    super(`not done after ${String(timeoutMs / 1000)}s`)
  }
}

/** A part, or the options of a reloader, do not keep to what is asked of them. */
export class ReloadUsageError extends Error {
  override readonly name = 'ReloadUsageError'
  readonly code = 'ERR_RELOAD_USAGE'
}

/** The reasons in one sentence: `load: no such file; scrape: bad rule`. */
export function formatReasons(reasons: readonly ReloadReason[]): string {
  return reasons.map(({ part, error }) => `${part}: ${messageOf(error)}`).join('; ')
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
