import { Counter, Gauge, Histogram, type Registry, Summary } from 'prom-client'
import { type DropReason, dropReasons } from './drop-reason.js'

const labelNames = ['alertmanager'] as const

/** What one send loop counts. */
export interface LoopMetrics {
  /** A post of `count` alerts was taken; `repeats` of them were delivered before. */
  sent(count: number, repeats: number, seconds: number): void
  /** A post of `count` alerts was not taken. */
  failed(count: number): void
  dropped(count: number, reason: DropReason): void
  superseded(count: number): void
  resized(by: number): void
  /** The loop is over: its series go, unless another loop has the same Alertmanager. */
  release(): void
}

/** The metrics of the notifier: Prometheus' own, and what it does not have under `muster_`. */
export class NotifierMetrics {
  readonly #users = new Map<string, number>()
  readonly #latency: Summary<'alertmanager'>
  readonly #latencyHistogram: Histogram<'alertmanager'>
  readonly #errors: Counter<'alertmanager'>
  readonly #sent: Counter<'alertmanager'>
  readonly #dropped: Counter<'alertmanager'>
  readonly #queueLength: Gauge<'alertmanager'>
  readonly #queueCapacity: Gauge
  readonly #discovered: Gauge
  readonly #droppedByReason: Counter<'reason'>
  readonly #superseded: Counter
  readonly #repeated: Counter

  constructor(registry: Registry) {
    const registers = [registry]
    const named = (name: string, help: string) => ({
      name: `prometheus_notifications_${name}`,
      help,
      labelNames,
      registers,
    })
    this.#latency = new Summary({
      ...named('latency_seconds', 'Latency quantiles for sending alert notifications.'),
      percentiles: [0.5, 0.9, 0.99],
      maxAgeSeconds: 600,
      ageBuckets: 2,
    })
    this.#latencyHistogram = new Histogram({
      ...named('latency_histogram_seconds', 'Latency histogram for sending alert notifications.'),
      buckets: [0.01, 0.1, 1, 10],
    })
    this.#errors = new Counter(
      named('errors_total', 'Total number of sent alerts affected by errors.'),
    )
    this.#sent = new Counter(named('sent_total', 'Total number of alerts sent.'))
    this.#dropped = new Counter(
      named('dropped_total', 'Total number of alerts dropped due to errors when sending.'),
    )
    this.#queueLength = new Gauge(
      named('queue_length', 'The number of alert notifications in the queue.'),
    )
    this.#queueCapacity = new Gauge({
      name: 'prometheus_notifications_queue_capacity',
      help: 'The capacity of the alert notifications queue.',
      registers,
    })
    this.#discovered = new Gauge({
      name: 'prometheus_notifications_alertmanagers_discovered',
      help: 'The number of alertmanagers discovered and active.',
      registers,
    })
    this.#droppedByReason = new Counter({
      name: 'muster_notifications_dropped_total',
      help: 'Total number of alerts given up, by reason, over all Alertmanagers there ever were.',
      labelNames: ['reason'],
      registers,
    })
    for (const reason of dropReasons) this.#droppedByReason.inc({ reason }, 0)
    this.#superseded = new Counter({
      name: 'muster_notifications_superseded_total',
      help: 'Total number of queued alerts that gave way to a newer state of the same alert.',
      registers,
    })
    this.#repeated = new Counter({
      name: 'muster_notifications_repeated_total',
      help: 'Total number of alerts sent once more to an Alertmanager that may have forgotten them.',
      registers,
    })
  }

  set queueCapacity(alerts: number) {
    this.#queueCapacity.set(alerts)
  }

  set discovered(count: number) {
    this.#discovered.set(count)
  }

  /** Alerts were given up that no Alertmanager had in its queue. */
  dropped(count: number, reason: DropReason): void {
    this.#droppedByReason.inc({ reason }, count)
  }

  /**
   * The metrics of one send loop. Loops of different sets that post to one URL share the series.
   * @param url the value of the label `alertmanager`
   */
  loop(url: string): LoopMetrics {
    const label = { alertmanager: url }
    this.#users.set(url, (this.#users.get(url) ?? 0) + 1)
    for (const counter of [this.#errors, this.#sent, this.#dropped]) counter.inc(label, 0)
    this.#queueLength.inc(label, 0)
    return {
      sent: (count, repeats, seconds) => {
        this.#sent.inc(label, count)
        this.#repeated.inc(repeats)
        this.#latency.observe(label, seconds)
        this.#latencyHistogram.observe(label, seconds)
      },
      failed: (count) => this.#errors.inc(label, count),
      dropped: (count, reason) => {
        this.#dropped.inc(label, count)
        this.dropped(count, reason)
      },
      superseded: (count) => this.#superseded.inc(count),
      resized: (by) => this.#queueLength.inc(label, by),
      release: () => this.#release(url),
    }
  }

  #release(url: string): void {
    const users = (this.#users.get(url) ?? 1) - 1
    if (users > 0) {
      this.#users.set(url, users)
      return
    }
    this.#users.delete(url)
    const label = { alertmanager: url }
    const perUrl = [this.#errors, this.#sent, this.#dropped, this.#queueLength, this.#latency]
    for (const metric of [...perUrl, this.#latencyHistogram]) metric.remove(label)
  }
}
