import { asyncScheduler } from 'rxjs'
import { type CompletedAlert, writeAlert } from '../../src/notifier/completed-alert.js'
import type { DropReason } from '../../src/notifier/index.js'
import { SendLoop, type SendLoopOptions } from '../../src/notifier/send-loop.js'
import { Turns } from '../../src/waiting/turns.js'
import { recordingLogger } from './recording-logger.js'
import { scriptedTransport } from './scripted-transport.js'

export const hour = 3_600_000

/** Alerts that differ in their label `n`. */
export function alerts(
  numbers: readonly (number | string)[],
  endsInMs = hour,
): readonly CompletedAlert[] {
  const now = Date.now()
  return numbers.map((n) => {
    const times = { startsAt: now, endsAt: now + endsInMs }
    const content = { labels: { n: String(n) }, annotations: {}, generatorURL: '', ...times }
    return writeAlert(content, endsInMs > 0 ? times.endsAt : now + hour)
  })
}

/** `count` numbers in a row. */
export function range(count: number, from = 0): readonly number[] {
  return Array.from({ length: count }, (_, i) => from + i)
}

/** A loop that runs, over a transport that the test answers, and all that it counts and logs. */
export function loopOf(
  fields: Partial<SendLoopOptions> & { readonly valid?: () => readonly CompletedAlert[] } = {},
) {
  const { valid = () => [] } = fields
  const transport = scriptedTransport()
  const logger = recordingLogger()
  const counts = { sent: 0, repeats: 0, failed: 0, superseded: 0, length: 0, released: 0 }
  const dropped = new Map<DropReason, number>()
  const latencies: number[] = []
  const outcomes = { delivered: 0, failed: [] as string[], lost: [] as string[] }
  const loop = new SendLoop({
    url: 'http://am/api/v2/alerts',
    post: { transport, timeoutMs: 10_000 },
    queue: { alerts: 100, characters: 1e6 },
    batch: { alerts: 4, characters: 1e6 },
    scheduler: asyncScheduler,
    // The longest wait that the jitter allows, or nearly: no wait is shorter than half of it.
    random: () => 0.999999,
    logger,
    lane: new Turns().lane(),
    keepsAlerts: false,
    *validAlerts() {
      yield valid()
    },
    outcomes: {
      delivered(count) {
        outcomes.delivered += count
      },
      failed: (error) => outcomes.failed.push(error.message),
      lost(lost, reason) {
        outcomes.lost.push(`${reason} ${lost.map(({ labels }) => labels['n']).join(' ')}`)
      },
    },
    metrics: {
      sent(count, repeats, seconds) {
        counts.sent += count
        counts.repeats += repeats
        latencies.push(seconds)
      },
      failed(count) {
        counts.failed += count
      },
      dropped: (count, reason) => dropped.set(reason, (dropped.get(reason) ?? 0) + count),
      superseded(count) {
        counts.superseded += count
      },
      resized(by) {
        counts.length += by
      },
      release() {
        counts.released += 1
      },
    },
    ...fields,
  })
  return { loop, transport, logger, counts, dropped, latencies, outcomes }
}
