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
