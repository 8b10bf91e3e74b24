import type { PollAnswer } from '../../discovery/index.js'
import { joinHostPort } from '../../go/host-port.js'
import type { Labels } from '../../labels/index.js'
import { RequestPool } from '../../waiting/request-pool.js'
import type { Api } from '../kit/api.js'
import { AnswerError } from '../kit/errors.js'
import { MemoryBudget } from '../kit/memory.js'
import { collect } from '../kit/polled.js'
import type { Filter } from '../kit/section.js'
import type { XmlElement } from '../kit/xml.js'
import type { AwsClient, Parameters } from './client.js'
import { given, itemsOf, textAt } from './elements.js'
import { type Part, partOf, Parts } from '../kit/parts.js'
import { clusterLabels, instanceLabels } from './rds-labels.js'
import { resultPages } from './result-pages.js'

/** What is asked of RDS. */
export interface RdsConfig {
  readonly port: number
  /** The ARNs or identifiers of the clusters; empty for all of the region. */
  readonly clusters: readonly string[]
  /** For instances. */
  readonly filters: readonly Filter[]
  /** How many clusters are asked for at a time. */
  readonly concurrency: number
}

const version = '2014-10-31'
const pageSize = 100
/** How many clusters one request asks for the instances of. */
const clustersAtOnce = 20

/** Finds the instances of database clusters, a group for each cluster. */
export function instances(config: RdsConfig): (client: AwsClient, api: Api) => Promise<PollAnswer> {
  const parts = new Parts('instances of cluster')
  return async (client, api) => {
    const clusters = await clustersOf(client, config)
    const found = [...clusters.values()].flatMap((one) => (one.kind === 'found' ? one.found : []))
    const members = await membersOf(client, found, config.filters)
    const budget = new MemoryBudget(api.maxWeight)
    const answer = new Map<string, Part>()
    for (const [name, cluster] of clusters) {
      if (cluster.kind === 'failed') answer.set(name, cluster)
      else {
        const all = members.get(given(cluster.found, 'DBClusterIdentifier') ?? '') ?? []
        const targets = await collect(targetsOf(cluster.found, all, config.port), api, budget)
        answer.set(name, { kind: 'found', found: targets })
      }
    }
    return parts.answer(await client.region(), answer)
  }
}

/** The clusters by their names, or why one that the config names cannot be had. */
async function clustersOf(
  client: AwsClient,
  { clusters: names, concurrency }: RdsConfig,
): Promise<ReadonlyMap<string, Part<XmlElement>>> {
  if (names.length === 0) {
    const all = await describeClusters(client, {})
    return new Map(
      all.map((found) => [given(found, 'DBClusterArn') ?? '', { kind: 'found', found }]),
    )
  }
  const pool = new RequestPool(Math.max(1, concurrency))
  const asked = names.map(async (name): Promise<readonly [string, Part<XmlElement>]> => {
    const describe = (): Promise<XmlElement> => describeCluster(client, name)
    return [name, await pool.run(() => partOf(describe), client.signal)]
  })
  return new Map(await Promise.all(asked))
}

async function describeCluster(client: AwsClient, name: string): Promise<XmlElement> {
  const [found] = await describeClusters(client, { DBClusterIdentifier: name })
  if (found !== undefined) return found
  throw new AnswerError('DescribeDBClusters: there is no such cluster')
}

/** https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBClusters.html */
async function describeClusters(
  client: AwsClient,
  which: Parameters,
): Promise<readonly XmlElement[]> {
  const all: XmlElement[] = []
  for await (const page of pages(client, 'DescribeDBClusters', which)) {
    all.push(...itemsOf(page, 'DBClusters', 'DBCluster'))
  }
  return all
}

/**
 * The instances of clusters, by the identifiers of these.
 * https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBInstances.html
 */
async function membersOf(
  client: AwsClient,
  clusters: readonly XmlElement[],
  filters: readonly Filter[],
): Promise<ReadonlyMap<string, readonly XmlElement[]>> {
  const members = new Map<string, XmlElement[]>()
  for (let at = 0; at < clusters.length; at += clustersAtOnce) {
    // By both: what plays RDS in a test may know only one of them.
    const names = clusters
      .slice(at, at + clustersAtOnce)
      .flatMap((one) => [given(one, 'DBClusterArn') ?? [], given(one, 'DBClusterIdentifier') ?? []])
    const values = [...new Set(names.flat())]
    const which = filterParameters([{ name: 'db-cluster-id', values }, ...filters])
    for await (const page of pages(client, 'DescribeDBInstances', which)) {
      for (const one of itemsOf(page, 'DBInstances', 'DBInstance')) {
        const cluster = given(one, 'DBClusterIdentifier') ?? ''
        const all = members.get(cluster)
        if (all === undefined) members.set(cluster, [one])
        else all.push(one)
      }
    }
  }
  return members
}

function* targetsOf(
  cluster: XmlElement,
  all: readonly XmlElement[],
  port: number,
): Generator<Labels> {
  const common = clusterLabels(cluster)
  const writers = new Map(
    itemsOf(cluster, 'DBClusterMembers', 'DBClusterMember').map((one) => [
      given(one, 'DBInstanceIdentifier'),
      given(one, 'IsClusterWriter'),
    ]),
  )
  for (const one of all) {
    const host = textAt(one, 'Endpoint.Address')
    const id = given(one, 'DBInstanceIdentifier')
    const isWriter = id === undefined ? undefined : writers.get(id)
    yield {
      // One that is being made has no endpoint yet, and its target no address.
      ...(host !== undefined &&
        textAt(one, 'Endpoint.Port') !== undefined && { __address__: joinHostPort(host, port) }),
      ...common,
      ...instanceLabels(one),
      ...(isWriter !== undefined && { __meta_rds_instance_is_cluster_writer: isWriter }),
    }
  }
}

function pages(client: AwsClient, action: string, which: Parameters): AsyncGenerator<XmlElement> {
  const parameters = { MaxRecords: pageSize, ...which }
  return resultPages(client, { action, version, parameters, token: 'Marker' })
}

/** Filters as RDS takes them: `Filters.Filter.1.Name=engine&Filters.Filter.1.Values.Value.1=aurora-mysql`. */
function filterParameters(filters: readonly Filter[]): Parameters {
  const parameters = filters.flatMap(({ name, values }, i) => {
    const prefix = `Filters.Filter.${String(i + 1)}.`
    return [
      [`${prefix}Name`, name] as const,
      ...values.map((value, j) => [`${prefix}Values.Value.${String(j + 1)}`, value] as const),
    ]
  })
  return Object.fromEntries(parameters)
}
