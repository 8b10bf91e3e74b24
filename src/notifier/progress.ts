import type { PostError, PostResult } from './post.js'

/** How an Alertmanager has taken the posts so far: what decides how the next one is made. */
export interface Progress {
  /** The most alerts of the next post. */
  readonly batchAlerts: number
  /** Posts in a row that failed and are worth another try. */
  readonly failures: number
  /** A post since the last delivery had no answer: it may have restarted with an empty memory. */
  readonly mayHaveRestarted: boolean
  /** What the last post failed with; undefined after one that was delivered. */
  readonly lastError: PostError | undefined
}

/** What has to be done with the alerts of a post. */
export type BatchFate =
  | 'delivered'
  /** Next time, in posts of `batchAlerts`. */
  | 'put back'
  /** Once everything else is delivered, alone. */
  | 'postponed'
  /** Never: it is the one alert that Alertmanager cannot take. */
  | 'rejected'

/** @param batchAlerts the most alerts of a post while nothing fails */
export function freshProgress(batchAlerts: number): Progress {
  return { batchAlerts, failures: 0, mayHaveRestarted: false, lastError: undefined }
}

/**
 * Learns from a post.
 *
 * A post that is refused is halved until the alert at fault is alone: the others must not suffer. Too much
 * at once for a slow Alertmanager, or one alert that it stumbles over without a word, must not stop the
 * others either: after a second failure posts get smaller, and an alert that fails alone is postponed.
 * @param count the alerts of the post
 * @param most the most alerts of a post while nothing fails
 */
export function afterPost(
  progress: Progress,
  result: PostResult,
  count: number,
  most: number,
): readonly [Progress, BatchFate] {
  const { batchAlerts } = progress
  switch (result.kind) {
    case 'delivered':
      return [freshProgress(Math.min(most, batchAlerts * 2)), 'delivered']
    case 'refused': {
      const { error: lastError } = result
      const next = { ...progress, failures: 0, lastError, batchAlerts: Math.ceil(count / 2) }
      return [next, count > 1 ? 'put back' : 'rejected']
    }
    case 'failed': {
      const { error: lastError } = result
      const failures = progress.failures + 1
      const mayHaveRestarted = progress.mayHaveRestarted || lastError.status === undefined
      const next = { batchAlerts, failures, mayHaveRestarted, lastError }
      if (failures < 2) return [next, 'put back']
      if (count === 1) return [next, 'postponed']
      return [{ ...next, batchAlerts: Math.ceil(count / 4) }, 'put back']
    }
  }
}
