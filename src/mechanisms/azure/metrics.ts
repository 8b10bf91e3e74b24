import { Counter, type Registry } from 'prom-client'

/** What the process counts of all its sections. */
export interface AzureMetrics {
  /** Polls that failed as a whole or in part. */
  readonly failures: Counter
  /** Network interfaces that were kept from an earlier poll. */
  readonly cacheHits: Counter
}

/** Makes the counters, with the names that Prometheus has. */
export function azureMetrics(registry: Registry): AzureMetrics {
  const registers = [registry]
  return {
    failures: new Counter({
      name: 'prometheus_sd_azure_failures_total',
      help: 'Number of Azure service discovery refresh failures.',
      registers,
    }),
    cacheHits: new Counter({
      name: 'prometheus_sd_azure_cache_hit_total',
      help: 'Number of cache hit during refresh.',
      registers,
    }),
  }
}
