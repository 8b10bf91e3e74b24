import type { ConsulRequest } from './api.js'
import type { ConsulEndpoint } from './endpoint.js'
import type { ConsulConfig } from './section.js'

/** How long Consul may hold a blocking query, in milliseconds; it adds up to a sixteenth of its own. */
const waitMs = 120_000

/** The part of a config that decides what is asked, apart from where and as whom. */
export type QueryConfig = Pick<
  ConsulConfig,
  'tags' | 'node_meta' | 'filter' | 'health_filter' | 'refresh_interval'
>

/** Asks for the names of all services with their tags. */
export function catalogRequest(
  endpoint: ConsulEndpoint,
  config: QueryConfig,
  index: number,
): ConsulRequest {
  const query = queryOf(endpoint, config, index, { filter: config.filter })
  return { path: '/catalog/services', query }
}

/** Asks for the instances of one service with their checks. */
export function serviceRequest(
  endpoint: ConsulEndpoint,
  config: QueryConfig,
  service: string,
  index: number,
): ConsulRequest {
  const { health_filter: filter, tags } = config
  const query = queryOf(endpoint, config, index, { filter, tags })
  return { path: '/health/service/{service}', params: { service }, query }
}

/** The tables of Consul's state that the instances of services come from. */
export type Table = 'services' | 'checks' | 'nodes'

/** The path of each, and a filter that no row meets, where the endpoint has filters. */
const tables: Readonly<Record<Table, readonly [path: string, filter: string]>> = {
  services: ['/catalog/services', ''],
  checks: ['/health/state/any', 'CheckID == ""'],
  nodes: ['/catalog/nodes', 'Node == ""'],
}

/**
 * Asks whether anything changed in a table as a whole: the index of the answer is that of the table. A
 * filter that no row meets keeps the answer small.
 */
export function tableRequest(endpoint: ConsulEndpoint, table: Table, index: number): ConsulRequest {
  const [path, filter] = tables[table]
  return { path, query: queryOf(endpoint, {}, index, { filter }) }
}

/** The query parameters in alphabetical order, as Go's url.Values prints them. */
function queryOf(
  endpoint: ConsulEndpoint,
  { node_meta: meta = {} }: Partial<QueryConfig>,
  index: number,
  { filter, tags = [] }: { filter: string; tags?: readonly string[] },
): Readonly<Record<string, string | readonly string[]>> {
  const { datacenter, namespace, partition, allowStale } = endpoint
  const metas = Object.entries(meta).map(([key, value]) => `${key}:${value}`)
  return {
    ...(datacenter === '' ? {} : { dc: datacenter }),
    ...(filter === '' ? {} : { filter }),
    ...(index === 0 ? {} : { index: String(index) }),
    ...(metas.length === 0 ? {} : { 'node-meta': metas }),
    ...(namespace === '' ? {} : { ns: namespace }),
    ...(partition === '' ? {} : { partition }),
    ...(allowStale ? { stale: '' } : {}),
    ...(tags.length === 0 ? {} : { tag: tags }),
    wait: `${String(waitMs)}ms`,
  }
}
