import { Counter, type Registry } from 'prom-client'

/** What is counted about requests for target groups; all configs share it, as in Prometheus. */
export interface HttpSdMetrics {
  failed(): void
}

/** Registers the mechanism's metric. */
export function httpSdMetrics(registry: Registry): HttpSdMetrics {
  const failures = new Counter({
    name: 'prometheus_sd_http_failures_total',
    help: 'Number of HTTP service discovery refresh failures.',
    registers: [registry],
  })
  return { failed: () => failures.inc() }
}
