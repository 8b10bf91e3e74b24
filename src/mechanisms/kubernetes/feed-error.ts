import { errorText } from '../../telemetry/error-text.js'
import type { Query } from './cluster.js'

/** Objects of a cluster cannot be listed or watched. */
export class FeedError extends Error {
  override readonly name = 'FeedError'
  readonly code = 'ERR_KUBERNETES_FEED'
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

/** What a feed follows, in words: `pods of namespace web (labels app=x)`. */
export function describeQuery({ kind, namespace, labelSelector, fieldSelector }: Query): string {
  const where = namespace === '' ? '' : ` of namespace ${namespace}`
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
export function feedError(query: Query, cause: unknown, others: number): FeedError {
  const what = describeQuery(query)
  const text = errorText(cause)
  const more = others === 0 ? '' : `; and ${String(others)} more`
  const own = text.startsWith(what) ? text : `${what}: ${text}`
  return new FeedError(own + more, { cause })
}
