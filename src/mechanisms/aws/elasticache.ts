import type { PollAnswer } from '../../discovery/index.js'
import { goQuote } from '../../go/quote.js'
import { joinHostPort } from '../../go/host-port.js'
import type { Labels } from '../../labels/index.js'
import { RequestPool } from '../../waiting/request-pool.js'
import type { Api } from '../kit/api.js'
import { AnswerError } from '../kit/errors.js'
import { labelsFrom } from '../kit/labels.js'
import { MemoryBudget } from '../kit/memory.js'
import { collect } from '../kit/polled.js'
import { childOf, type XmlElement } from '../kit/xml.js'
import type { AwsClient, Parameters } from './client.js'
import { clusterLabels, nodeLabels, serverlessLabels } from './elasticache-labels.js'
import { given, itemsOf, textAt } from './elements.js'
import { type Part, partOf, Parts } from '../kit/parts.js'
import { tagsOf } from './rds-labels.js'
import { resultPages } from './result-pages.js'

/** What is asked of ElastiCache. */
export interface ElasticacheConfig {
  /** The ARNs of caches and replication groups; empty for all of the region. */
  readonly clusters: readonly string[]
  /** How many caches are asked for their tags at a time. */
  readonly concurrency: number
}

const version = '2015-02-02'

/** A cache, before its tags are known. */
interface Cache {
  readonly kind: 'node' | 'serverless'
  readonly of: XmlElement
}

/** Finds the nodes of caches and the serverless caches, a group for each cache. */
export function caches(
  config: ElasticacheConfig,
): (client: AwsClient, api: Api) => Promise<PollAnswer> {
  const parts = new Parts('targets of cache')
  const wanted = wantedBy(config.clusters)
  return async (client, api) => {
    const all: Cache[] = []
    for await (const of of serverlessCaches(client)) all.push({ kind: 'serverless', of })
    for await (const of of cacheClusters(client)) all.push({ kind: 'node', of })
    const found = all.filter((cache) => wanted.has(cache))
    const budget = new MemoryBudget(api.maxWeight)
    const pool = new RequestPool(Math.max(1, config.concurrency))
    const asked = found.map(async (cache): Promise<readonly [string, Part]> => {
      const arn = given(cache.of, 'ARN')
      const find = async (): Promise<readonly Labels[]> => {
        const tags = arn === undefined ? undefined : await tagsFor(client, arn)
        return collect(targetsOf(cache, tags), api, budget)
      }
      return [arn ?? idOf(cache), await pool.run(() => partOf(find), api.signal)]
    })
    const missing = wanted.missing(found).map(([arn, why]): readonly [string, Part] => {
      return [arn, { kind: 'failed', error: new AnswerError(why) }]
    })
    const answer = new Map([...missing, ...(await Promise.all(asked))])
    return parts.answer(await client.region(), answer)
  }
}

/** https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DescribeServerlessCaches.html */
async function* serverlessCaches(client: AwsClient): AsyncGenerator<XmlElement> {
  const parameters = { MaxResults: 50 }
  for await (const page of pages(client, 'DescribeServerlessCaches', parameters, 'NextToken')) {
    yield* itemsOf(page, 'ServerlessCaches', 'member')
  }
}

/** https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_DescribeCacheClusters.html */
async function* cacheClusters(client: AwsClient): AsyncGenerator<XmlElement> {
  const parameters = { MaxRecords: 100, ShowCacheNodeInfo: 'true' }
  for await (const page of pages(client, 'DescribeCacheClusters', parameters, 'Marker')) {
    yield* itemsOf(page, 'CacheClusters', 'CacheCluster')
  }
}

/** https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ListTagsForResource.html */
async function tagsFor(client: AwsClient, arn: string): Promise<XmlElement | undefined> {
  const root = await client.query('ListTagsForResource', version, { ResourceName: arn })
  return childOf(root, 'ListTagsForResourceResult')
}

function pages(
  client: AwsClient,
  action: string,
  parameters: Parameters,
  token: 'Marker' | 'NextToken',
): AsyncGenerator<XmlElement> {
  return resultPages(client, { action, version, parameters, token })
}

const tagLabels = {
  node: labelsFrom<XmlElement>('__meta_elasticache_cache_cluster_', { tag_: tagsOf }),
  serverless: labelsFrom<XmlElement>('__meta_elasticache_serverless_cache_', { tag_: tagsOf }),
}

function* targetsOf({ kind, of }: Cache, tags: XmlElement | undefined): Generator<Labels> {
  const common = {
    __meta_elasticache_deployment_option: kind,
    ...(kind === 'node' ? clusterLabels(of) : serverlessLabels(of)),
    ...(tags && tagLabels[kind](tags)),
  }
  if (kind === 'serverless') {
    yield { ...addressOf(of), ...common }
    return
  }
  for (const node of itemsOf(of, 'CacheNodes', 'CacheNode')) {
    yield { ...addressOf(node), ...common, ...nodeLabels(node) }
  }
}

/** The address of a node or a serverless cache; none for one that is being made and has no endpoint yet. */
function addressOf(of: XmlElement): Labels {
  const host = textAt(of, 'Endpoint.Address')
  const port = textAt(of, 'Endpoint.Port')
  if (host === undefined || port === undefined) return {}
  return { __address__: joinHostPort(host, port) }
}

function idOf({ of }: Cache): string {
  return given(of, 'CacheClusterId') ?? given(of, 'ServerlessCacheName') ?? ''
}

/** Which caches the config wants. */
interface Wanted {
  has(cache: Cache): boolean
  /** The ARNs that none of these caches has, and why. */
  missing(found: readonly Cache[]): readonly (readonly [arn: string, why: string])[]
}

/**
 * Which caches a list of ARNs names. As in Prometheus, a list that names caches of one kind only leaves the other kind
 * as it is: all of the region.
 */
function wantedBy(arns: readonly string[]): Wanted {
  const named = arns.filter((arn) => arn !== '').map((arn) => ({ arn, ...namedBy(arn) }))
  const kinds = new Set(named.map(({ kind }) => kind))
  return {
    has: (cache) => !kinds.has(cache.kind) || named.some((one) => isNamed(cache, one)),
    missing: (found) =>
      named.flatMap((one) => {
        if (one.kind === undefined)
          return [[one.arn, `${goQuote(one.arn)} is not the ARN of a cache`]]
        if (found.some((cache) => isNamed(cache, one))) return []
        return [[one.arn, 'there is no such cache']]
      }),
  }
}

/** What an ARN names: `arn:aws:elasticache:<region>:<account>:replicationgroup:<id>`. */
interface Named {
  readonly kind: Cache['kind'] | undefined
  readonly id: string
}

function namedBy(arn: string): Named {
  const [, , , , , type = '', id = ''] = arn.split(':')
  if (type === 'serverlesscache') return { kind: 'serverless', id }
  const isOfNodes = type === 'replicationgroup' || type === 'cluster'
  return { kind: isOfNodes && id !== '' ? 'node' : undefined, id }
}

function isNamed(cache: Cache, { kind, id }: Named): boolean {
  if (cache.kind !== kind) return false
  return idOf(cache) === id || given(cache.of, 'ReplicationGroupId') === id
}
