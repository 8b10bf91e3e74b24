import type { RefreshMetrics } from './refresh/refresh-metrics.js'
import { Counter, Gauge, Histogram, type Registry, Summary } from 'prom-client'

/** What discovery counts, under Prometheus' names; what it has no name for begins with `muster_`. */
export interface DiscoveryMetrics {
  readonly failedConfigs: Gauge<'name'>
  readonly discoveredTargets: Gauge<'name' | 'config'>
  readonly receivedUpdates: Counter<'name'>
  readonly delayedUpdates: Counter<'name'>
  readonly sentUpdates: Counter<'name'>
  readonly lastUpdate: Gauge<'name' | 'config'>
  readonly refreshFailures: Counter<'mechanism' | 'config'>
  readonly refreshDuration: Summary<'mechanism' | 'config'>
  readonly refreshDurations: Histogram<'mechanism'>
  readonly providerLastSuccess: Gauge<'name' | 'provider' | 'config'>
  readonly providerFailures: Counter<'name' | 'provider' | 'config'>
  readonly providerHealthy: Gauge<'name' | 'provider' | 'config'>
  readonly guardHeldTargets: Gauge<'name' | 'config'>
  readonly guardTrips: Counter<'name' | 'config'>
}

/**
 * Creates the metrics of discovery on a registry. Call it once per registry, and give the result to
 * both managers: their series differ by the label `name`.
 */
export function discoveryMetrics(registry: Registry): DiscoveryMetrics {
  const registers = [registry]
  return {
    failedConfigs: new Gauge({
      name: 'prometheus_sd_failed_configs',
      help: 'Current number of service discovery configurations that failed to load.',
      labelNames: ['name'],
      registers,
    }),
    discoveredTargets: new Gauge({
      name: 'prometheus_sd_discovered_targets',
      help: 'Current number of discovered targets.',
      labelNames: ['name', 'config'],
      registers,
    }),
    receivedUpdates: new Counter({
      name: 'prometheus_sd_received_updates_total',
      help: 'Total number of update events received from the SD providers.',
      labelNames: ['name'],
      registers,
    }),
    delayedUpdates: new Counter({
      name: 'prometheus_sd_updates_delayed_total',
      help: "Total number of update events that couldn't be sent immediately.",
      labelNames: ['name'],
      registers,
    }),
    sentUpdates: new Counter({
      name: 'prometheus_sd_updates_total',
      help: 'Total number of update events sent to the SD consumers.',
      labelNames: ['name'],
      registers,
    }),
    lastUpdate: new Gauge({
      name: 'prometheus_sd_last_update_timestamp_seconds',
      help: 'Timestamp of the last update sent to the SD consumers.',
      labelNames: ['name', 'config'],
      registers,
    }),
    ...refreshMetrics(registers),
    ...providerMetrics(registers),
    ...guardMetrics(registers),
  }
}

type RefreshSeries = Pick<
  DiscoveryMetrics,
  'refreshFailures' | 'refreshDuration' | 'refreshDurations'
>

function refreshMetrics(registers: Registry[]): RefreshSeries {
  return {
    refreshFailures: new Counter({
      name: 'prometheus_sd_refresh_failures_total',
      help: 'Number of refresh failures for the given SD mechanism.',
      labelNames: ['mechanism', 'config'],
      registers,
    }),
    refreshDuration: new Summary({
      name: 'prometheus_sd_refresh_duration_seconds',
      help: 'The duration of a refresh in seconds for the given SD mechanism.',
      labelNames: ['mechanism', 'config'],
      percentiles: [0.5, 0.9, 0.99],
      maxAgeSeconds: 600,
      ageBuckets: 2,
      registers,
    }),
    refreshDurations: new Histogram({
      name: 'prometheus_sd_refresh_duration_histogram_seconds',
      help: 'The duration of a refresh for the given SD mechanism.',
      labelNames: ['mechanism'],
      buckets: [0.01, 0.1, 1, 10],
      registers,
    }),
  }
}

type ProviderSeries = Pick<
  DiscoveryMetrics,
  'providerLastSuccess' | 'providerFailures' | 'providerHealthy'
>

function providerMetrics(registers: Registry[]): ProviderSeries {
  return {
    providerLastSuccess: new Gauge({
      name: 'muster_sd_provider_last_success_timestamp_seconds',
      help: 'When the provider last had a good answer, whether or not anything was new.',
      labelNames: ['name', 'provider', 'config'],
      registers,
    }),
    providerFailures: new Counter({
      name: 'muster_sd_provider_failures_total',
      help: 'Number of failed tries of the provider.',
      labelNames: ['name', 'provider', 'config'],
      registers,
    }),
    providerHealthy: new Gauge({
      name: 'muster_sd_provider_healthy',
      help: 'Whether the last try of the provider was good (1) or not (0).',
      labelNames: ['name', 'provider', 'config'],
      registers,
    }),
  }
}

type GuardSeries = Pick<DiscoveryMetrics, 'guardHeldTargets' | 'guardTrips'>

function guardMetrics(registers: Registry[]): GuardSeries {
  return {
    guardHeldTargets: new Gauge({
      name: 'muster_sd_guard_held_targets',
      help: 'Current number of targets that are kept although their provider does not have them any more.',
      labelNames: ['name', 'config'],
      registers,
    }),
    guardTrips: new Counter({
      name: 'muster_sd_guard_trips_total',
      help: 'Number of times that a loss of targets was held back.',
      labelNames: ['name', 'config'],
      registers,
    }),
  }
}

/** The part of the discovery metrics that one manager writes: its `name` is filled in. */
export class ManagerMetrics {
  readonly #metrics: DiscoveryMetrics
  readonly #name: string
  readonly #guarded = new Set<string>()

  /** @param name `scrape` or `notify` */
  constructor(metrics: DiscoveryMetrics, name: string) {
    this.#metrics = metrics
    this.#name = name
  }

  failedConfigs(count: number): void {
    this.#metrics.failedConfigs.set({ name: this.#name }, count)
  }

  received(): void {
    this.#metrics.receivedUpdates.inc({ name: this.#name })
  }

  /** Makes the counters visible at zero. */
  touch(): void {
    const labels = { name: this.#name }
    this.#metrics.receivedUpdates.inc(labels, 0)
    this.#metrics.delayedUpdates.inc(labels, 0)
    this.#metrics.sentUpdates.inc(labels, 0)
    this.#metrics.failedConfigs.set(labels, 0)
  }

  /** An update went out; a change that had to wait for it counts as delayed. */
  sent(wasHeld: boolean): void {
    this.#metrics.sentUpdates.inc({ name: this.#name })
    if (wasHeld) this.#metrics.delayedUpdates.inc({ name: this.#name })
  }

  targets(set: string, count: number): void {
    this.#metrics.discoveredTargets.set({ name: this.#name, config: set }, count)
  }

  updated(set: string, atMs: number): void {
    this.#metrics.lastUpdate.set({ name: this.#name, config: set }, atMs / 1000)
  }

  forgetSet(set: string): void {
    const labels = { name: this.#name, config: set }
    this.#guarded.delete(set)
    this.#metrics.discoveredTargets.remove(labels)
    this.#metrics.lastUpdate.remove(labels)
    this.#metrics.guardHeldTargets.remove(labels)
    this.#metrics.guardTrips.remove(labels)
  }

  /** The series come with the first time that anything is held in the set. */
  guardHeld(set: string, targets: number): void {
    if (targets === 0 && !this.#guarded.has(set)) return
    this.#guarded.add(set)
    this.#metrics.guardHeldTargets.set({ name: this.#name, config: set }, targets)
  }

  guardTripped(set: string, times: number): void {
    this.#metrics.guardTrips.inc({ name: this.#name, config: set }, times)
  }

  providerSucceeded(provider: string, set: string, atMs: number): void {
    this.#metrics.providerLastSuccess.set(this.#provider(provider, set), atMs / 1000)
  }

  providerFailed(provider: string, set: string): void {
    this.#metrics.providerFailures.inc(this.#provider(provider, set))
  }

  providerHealthy(provider: string, set: string, isHealthy: boolean): void {
    const labels = this.#provider(provider, set)
    this.#metrics.providerHealthy.set(labels, isHealthy ? 1 : 0)
    this.#metrics.providerFailures.inc(labels, 0)
  }

  forgetProvider(provider: string, set: string): void {
    const labels = this.#provider(provider, set)
    this.#metrics.providerLastSuccess.remove(labels)
    this.#metrics.providerFailures.remove(labels)
    this.#metrics.providerHealthy.remove(labels)
  }

  /** The poll counters of one discoverer; its series begin with its first poll. */
  refresh(mechanism: string, set: string): RefreshMetrics {
    const { refreshFailures, refreshDuration, refreshDurations } = this.#metrics
    const labels = { mechanism, config: set }
    return {
      observe(seconds) {
        refreshDuration.observe(labels, seconds)
        refreshDurations.observe({ mechanism }, seconds)
        refreshFailures.inc(labels, 0)
      },
      failed() {
        refreshFailures.inc(labels)
      },
    }
  }

  forgetRefresh(mechanism: string, set: string): void {
    this.#metrics.refreshFailures.remove({ mechanism, config: set })
    this.#metrics.refreshDuration.remove({ mechanism, config: set })
  }

  #provider(provider: string, set: string): { name: string; provider: string; config: string } {
    return { name: this.#name, provider, config: set }
  }
}
