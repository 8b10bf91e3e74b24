import { errorKind, errorMessage } from '../../telemetry/error-text.js'
import type { ProviderError, ProviderState } from './provider-status.js'

/** How a provider is doing. A value: each thing that happens to the provider makes the next one. */
export interface Health {
  readonly state: ProviderState
  /** Milliseconds since 1970, like all times here. */
  readonly lastSuccess: number | undefined
  readonly lastError: ProviderError | undefined
  readonly consecutiveFailures: number
  readonly failures: number
  readonly nextTry: number | undefined
  /** The discoverer goes on, and said that a part of the search fails: groups do not end that. */
  readonly isPartFailing: boolean
}

/** A try that failed. */
export interface Failure {
  readonly error: unknown
  readonly at: number
  /** When it is tried again, where that is known. */
  readonly nextTry: number | undefined
}

/** Nothing has happened yet. */
export const startingHealth: Health = {
  state: 'starting',
  lastSuccess: undefined,
  lastError: undefined,
  consecutiveFailures: 0,
  failures: 0,
  nextTry: undefined,
  isPartFailing: false,
}

/** The discoverer is subscribed to. */
export function trying(health: Health): Health {
  return { ...health, nextTry: undefined, isPartFailing: false }
}

/** Groups came: a good answer, though a part of the search may still fail. */
export function answered(health: Health, at: number): Health {
  return health.isPartFailing ? { ...health, lastSuccess: at } : well(health, at)
}

/** A good answer, and nothing fails. */
export function well(health: Health, at: number): Health {
  return {
    ...health,
    state: 'running',
    lastSuccess: at,
    consecutiveFailures: 0,
    nextTry: undefined,
    isPartFailing: false,
  }
}

/** A part of the search failed, and the discoverer goes on. */
export function partFailed(health: Health, failure: Failure): Health {
  return { ...failed(health, failure, 'failing'), isPartFailing: true }
}

/**
 * A try failed as a whole.
 * @param state `failed` when there is not even a discoverer
 */
export function failed(
  health: Health,
  { error, at, nextTry }: Failure,
  state: 'failing' | 'failed',
): Health {
  return {
    ...health,
    state,
    lastError: { message: errorMessage(error), kind: errorKind(error), at },
    consecutiveFailures: health.consecutiveFailures + 1,
    failures: health.failures + 1,
    nextTry,
  }
}

/** It was stopped for good. */
export function stopped(health: Health): Health {
  return { ...health, state: 'stopped', nextTry: undefined }
}

/** Whether it is worth reporting: another state, another error behind it, or another next try. */
export function isNews(before: Health, now: Health): boolean {
  if (before.state !== now.state) return true
  if (before.failures === now.failures) return false
  return before.lastError?.message !== now.lastError?.message || before.nextTry !== now.nextTry
}
