import { Counter, type Registry, Summary } from 'prom-client'

/** Which Consul endpoint a request went to, in the words of the metric's `call` label. */
export type ConsulCall = 'services' | 'service'

/** The metrics of requests to Consul; all discoverers share them, as in Prometheus. */
export interface ConsulMetrics {
  /** One request of a watch took this long, in seconds, waiting for a change included. */
  observe(call: ConsulCall, seconds: number): void
  /** One request failed. */
  failed(): void
}

/** Registers Consul's metrics; their series exist from the start. */
export function consulMetrics(registry: Registry): ConsulMetrics {
  const registers = [registry]
  const failures = new Counter({
    name: 'prometheus_sd_consul_rpc_failures_total',
    help: 'The number of Consul RPC call failures.',
    registers,
  })
  const durations = new Summary({
    name: 'prometheus_sd_consul_rpc_duration_seconds',
    help: 'The duration of a Consul RPC call in seconds.',
    labelNames: ['endpoint', 'call'],
    percentiles: [0.5, 0.9, 0.99],
    maxAgeSeconds: 600,
    ageBuckets: 2,
    registers,
  })
  const calls = {
    services: durations.labels({ endpoint: 'catalog', call: 'services' }),
    service: durations.labels({ endpoint: 'catalog', call: 'service' }),
  }
  // A series exists once it was observed; set back, it stands at zero from the start.
  for (const child of Object.values(calls)) child.observe(0)
  durations.reset()
  return {
    observe: (call, seconds) => calls[call].observe(seconds),
    failed: () => failures.inc(),
  }
}
