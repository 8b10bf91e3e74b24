import { Counter, type Registry } from 'prom-client'
import type { RoleName } from './section.js'

/** What happens to an object, in the words of the metric's `event` label. */
export type ObjectEvent = 'add' | 'update' | 'delete'

/** What is counted of Kubernetes; all discoverers share it, as in Prometheus. */
export interface KubernetesMetrics {
  /** Something happened to objects of this kind. */
  count(role: RoleName, event: ObjectEvent, times: number): void
  /** A list or a watch failed. */
  failed(): void
}

const roles: readonly RoleName[] = [
  'endpointslice',
  'endpoints',
  'node',
  'pod',
  'service',
  'ingress',
]
const events: readonly ObjectEvent[] = ['add', 'delete', 'update']

/** Registers the metrics; their series exist from the start. */
export function kubernetesMetrics(registry: Registry): KubernetesMetrics {
  const registers = [registry]
  const handled = new Counter({
    name: 'prometheus_sd_kubernetes_events_total',
    help: 'The number of Kubernetes events handled.',
    labelNames: ['role', 'event'],
    registers,
  })
  const failures = new Counter({
    name: 'prometheus_sd_kubernetes_failures_total',
    help: 'The number of failed WATCH/LIST requests.',
    registers,
  })
  for (const role of roles) for (const event of events) handled.inc({ role, event }, 0)
  return {
    count: (role, event, times) => handled.inc({ role, event }, times),
    failed: () => failures.inc(),
  }
}
