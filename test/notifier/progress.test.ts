import { describe, expect, it } from 'vitest'
import { PostError, type PostResult } from '../../src/notifier/post.js'
import { afterPost, freshProgress, type Progress } from '../../src/notifier/progress.js'

const most = 256
const silence = new PostError('no answer')
const busy = new PostError('busy', { status: 503 })
const bad = new PostError('bad', { status: 400 })
const delivered: PostResult = { kind: 'delivered' }
const refused: PostResult = { kind: 'refused', error: bad }
const failed: PostResult = { kind: 'failed', error: busy }
const unanswered: PostResult = { kind: 'failed', error: silence }

interface Case {
  readonly name: string
  readonly before?: Partial<Progress>
  readonly result: PostResult
  readonly count: number
  readonly after: Partial<Progress>
  readonly fate: string
}

describe('after a post', () => {
  it.each<Case>([
    {
      name: 'that was delivered posts grow again, and all is forgiven',
      before: { batchAlerts: 20, failures: 3, mayHaveRestarted: true, lastError: silence },
      result: delivered,
      count: 20,
      after: { batchAlerts: 40 },
      fate: 'delivered',
    },
    {
      name: 'that was delivered posts do not grow over the limit',
      before: { batchAlerts: 200 },
      result: delivered,
      count: 200,
      after: { batchAlerts: most },
      fate: 'delivered',
    },
    {
      name: 'that was refused the next one has half of its alerts',
      result: refused,
      count: 9,
      after: { batchAlerts: 5, lastError: bad },
      fate: 'put back',
    },
    {
      name: 'of one alert that was refused this alert is rejected',
      before: { failures: 2 },
      result: refused,
      count: 1,
      after: { batchAlerts: 1, lastError: bad },
      fate: 'rejected',
    },
    {
      name: 'that failed once the same alerts are tried again',
      result: failed,
      count: most,
      after: { failures: 1, lastError: busy },
      fate: 'put back',
    },
    {
      name: 'that failed again the next one has a quarter of its alerts',
      before: { failures: 1 },
      result: failed,
      count: 10,
      after: { failures: 2, lastError: busy, batchAlerts: 3 },
      fate: 'put back',
    },
    {
      name: 'of one alert that failed again this alert waits for all others',
      before: { failures: 5, batchAlerts: 1 },
      result: failed,
      count: 1,
      after: { failures: 6, lastError: busy, batchAlerts: 1 },
      fate: 'postponed',
    },
    {
      name: 'without an answer Alertmanager may have restarted',
      result: unanswered,
      count: 1,
      after: { failures: 1, lastError: silence, mayHaveRestarted: true },
      fate: 'put back',
    },
    {
      name: 'without an answer that stays so over a post that failed with one',
      before: { failures: 1, mayHaveRestarted: true },
      result: failed,
      count: 1,
      after: { failures: 2, lastError: busy, mayHaveRestarted: true },
      fate: 'postponed',
    },
  ])('$name', ({ before = {}, result, count, after, fate }) => {
    const fresh = freshProgress(most)
    expect(afterPost({ ...fresh, ...before }, result, count, most)).toEqual([
      { ...fresh, ...after },
      fate,
    ])
  })
})
