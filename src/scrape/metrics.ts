import { Counter, Gauge, Histogram, type Registry, Summary } from 'prom-client'
import type { HttpSdLosses } from './targets/http-sd-losses.js'

/** Prometheus' metrics of scrape pools, as far as they are about targets and not about scraping. */
export class ScrapeMetrics {
  readonly poolsCreated: Counter
  readonly poolReloads: Counter
  readonly poolReloadsFailed: Counter
  readonly poolsFailed: Counter
  readonly targetLimitExceeded: Counter
  readonly #targets: Gauge<'scrape_job'>
  readonly #targetLimit: Gauge<'scrape_job'>
  readonly #httpSdLosses: Gauge<'scrape_job' | 'label'>
  readonly #syncs: Counter<'scrape_job'>
  readonly #syncFailed: Counter<'scrape_job'>
  readonly #syncLength: Summary<'scrape_job'>
  readonly #syncLengths: Histogram<'scrape_job'>

  constructor(registry: Registry) {
    const registers = [registry]
    const pool = 'prometheus_target_scrape_pool'
    const labelNames = ['scrape_job'] as const
    const total = (name: string, help: string): Counter => new Counter({ name, help, registers })
    this.poolsCreated = total(`${pool}s_total`, 'Total number of scrape pool creation attempts.')
    this.poolsFailed = total(
      `${pool}s_failed_total`,
      'Total number of scrape pool creations that failed.',
    )
    this.poolReloads = total(`${pool}_reloads_total`, 'Total number of scrape pool reloads.')
    this.poolReloadsFailed = total(
      `${pool}_reloads_failed_total`,
      'Total number of failed scrape pool reloads.',
    )
    this.targetLimitExceeded = total(
      `${pool}_exceeded_target_limit_total`,
      'Total number of times scrape pools hit the target limit, during sync or config reload.',
    )
    this.#targets = new Gauge({
      name: `${pool}_targets`,
      help: 'Current number of targets in this scrape pool.',
      labelNames,
      registers,
    })
    this.#targetLimit = new Gauge({
      name: `${pool}_target_limit`,
      help: 'Maximum number of targets allowed in this scrape pool.',
      labelNames,
      registers,
    })
    this.#httpSdLosses = new Gauge({
      name: 'muster_http_sd_inexact_targets',
      help: 'Number of active targets of which http_sd leaves out a label without a name, or a removed label comes back.',
      labelNames: [...labelNames, 'label'],
      registers,
    })
    this.#syncs = new Counter({
      name: `${pool}_sync_total`,
      help: 'Total number of syncs that were executed on a scrape pool.',
      labelNames,
      registers,
    })
    this.#syncFailed = new Counter({
      name: 'prometheus_target_sync_failed_total',
      help: 'Total number of target sync failures.',
      labelNames,
      registers,
    })
    this.#syncLength = new Summary({
      name: 'prometheus_target_sync_length_seconds',
      help: 'Actual interval to sync the scrape pool.',
      labelNames,
      percentiles: [0.01, 0.05, 0.5, 0.9, 0.99],
      registers,
    })
    this.#syncLengths = new Histogram({
      name: 'prometheus_target_sync_length_histogram_seconds',
      help: 'Actual interval to sync the scrape pool.',
      labelNames,
      buckets: [0.01, 0.1, 1, 10],
      registers,
    })
  }

  /** Makes the series of a new pool visible. */
  started(scrape_job: string): void {
    this.poolsCreated.inc()
    this.#syncs.inc({ scrape_job }, 0)
    this.#syncFailed.inc({ scrape_job }, 0)
  }

  synced(scrape_job: string, seconds: number, targets: number, limit: number): void {
    this.#syncs.inc({ scrape_job })
    this.#syncLength.observe({ scrape_job }, seconds)
    this.#syncLengths.observe({ scrape_job }, seconds)
    this.#targets.set({ scrape_job }, targets)
    this.#targetLimit.set({ scrape_job }, limit)
    if (limit > 0 && targets > limit) this.targetLimitExceeded.inc()
  }

  httpSdLosses(scrape_job: string, { leftOut, comesBack }: HttpSdLosses): void {
    this.#httpSdLosses.set({ scrape_job, label: 'left_out' }, leftOut)
    this.#httpSdLosses.set({ scrape_job, label: 'comes_back' }, comesBack)
  }

  targetsFailed(scrape_job: string, count: number): void {
    this.#syncFailed.inc({ scrape_job }, count)
  }

  /** Takes the series of a pool away. */
  forget(scrape_job: string): void {
    const all = [this.#targets, this.#targetLimit, this.#syncs, this.#syncFailed]
    for (const metric of [...all, this.#syncLength, this.#syncLengths])
      metric.remove({ scrape_job })
    for (const label of ['left_out', 'comes_back']) this.#httpSdLosses.remove({ scrape_job, label })
  }
}
