import { errorText } from '../../telemetry/error-text.js'
import type { Query } from './cluster.js'

/** Objects of a cluster cannot be listed or watched. */
export class KubernetesError extends Error {
  override readonly name = 'KubernetesError'
  readonly code = 'ERR_DISCOVERY_KUBERNETES'
}

/** What a kind is called when there are several of it. */
const plurals = {
  pod: 'pods',
  node: 'nodes',
  service: 'services',
  endpoints: 'endpoints',
  endpointslice: 'endpointslices',
  ingress: 'ingresses',
  namespace: 'namespaces',
  replicaset: 'replicasets',
  job: 'jobs',
} as const

/** What a feed follows, in words: `pods in namespace "web" (labels app=x)`. */
export function describeQuery({ kind, namespace, labelSelector, fieldSelector }: Query): string {
  const where = namespace === '' ? '' : ` in namespace "${namespace}"`
  const selectors = [
    labelSelector === '' ? [] : [`labels ${labelSelector}`],
    fieldSelector === '' ? [] : [`fields ${fieldSelector}`],
  ].flat()
  return plurals[kind] + where + (selectors.length === 0 ? '' : ` (${selectors.join(', ')})`)
}

/**
 * Makes the error of a feed that fails.
 * @param others how many feeds of the same discoverer fail beside it
 */
export function feedError(query: Query, cause: unknown, others: number): KubernetesError {
  const more = others === 0 ? '' : ` (and ${String(others)} more like it)`
  return new KubernetesError(`${describeQuery(query)}${more}: ${errorText(cause)}`, { cause })
}
