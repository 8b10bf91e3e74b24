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

/** What a feed follows, in words: `pods of the namespace web`. */
function describe({ kind, namespace }: Query): string {
  return plurals[kind] + (namespace === '' ? '' : ` of the namespace ${namespace}`)
}

/**
 * Makes the error of a feed that fails.
 * @param others how many feeds of the same discoverer fail beside it
 */
export function feedError(query: Query, cause: unknown, others: number): FeedError {
  const what = describe(query)
  const text = errorText(cause)
  const more = others === 0 ? '' : `; and ${String(others)} more`
  // Most errors begin with it.
  const isNamed = text.replace(/^a (?:list|watch) of /, '').startsWith(what)
  return new FeedError((isNamed ? text : `${what}: ${text}`) + more, { cause })
}
