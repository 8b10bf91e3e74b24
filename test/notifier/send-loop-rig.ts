import { asyncScheduler } from 'rxjs'
import { type Entry, entryOf } from '../../src/notifier/entry.js'
import type { LossReason } from '../../src/notifier/loss.js'
import { SendLoop, type SendLoopOptions } from '../../src/notifier/send-loop.js'
import { recordingLogger } from './recording-logger.js'
import { scriptedTransport } from './scripted-transport.js'

export const hour = 3_600_000

/** Alerts that differ in their label `n`. */
export function alerts(numbers: readonly (number | string)[], endsInMs = hour): readonly Entry[] {
  const now = Date.now()
  return numbers.map((n) => {
    const alert = { labels: { n: String(n) }, annotations: {}, generatorURL: '' }
    return entryOf({ ...alert, startsAt: now, endsAt: now + endsInMs }, now, hour)
  })
}

/** So many numbers in a row. */
export function range(count: number, from = 0): readonly number[] {
  return Array.from({ length: count }, (_, i) => from + i)
}

/** A loop that runs, over a transport that the test answers, and all that it counts and says. */
export function loopOf(fields: Partial<SendLoopOptions> = {}) {
  const transport = scriptedTransport()
  const logger = recordingLogger()
  const counts = { sent: 0, repeats: 0, failed: 0, superseded: 0, length: 0, released: 0 }
  const lost = new Map<LossReason, number>()
  const latencies: number[] = []
  const loop = new SendLoop({
    url: 'http://am/api/v2/alerts',
    route: { transport, timeoutMs: 10_000 },
    queue: { alerts: 100, characters: 1e6 },
    batch: { alerts: 4, characters: 1e6 },
    scheduler: asyncScheduler,
    // The longest wait that the jitter allows, or nearly: no wait is shorter than half of it.
    random: () => 0.999999,
    logger,
    onReturn: () => [],
    metrics: {
      sent(count, repeats, seconds) {
        counts.sent += count
        counts.repeats += repeats
        latencies.push(seconds)
      },
      failed(count) {
        counts.failed += count
      },
      lost: (count, reason) => lost.set(reason, (lost.get(reason) ?? 0) + count),
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
  loop.start()
  return { loop, transport, logger, counts, lost, latencies }
}
