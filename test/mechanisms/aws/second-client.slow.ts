import { readFile } from 'node:fs/promises'
import http from 'node:http'
import path from 'node:path'
import { text as textOf } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import type { Labels } from '../../../src/labels/index.js'
import { elasticache, msk } from '../../../src/mechanisms/aws/index.js'
import type { MechanismFactory } from '../../../src/mechanisms/kit/index.js'
import { LiveMechanism } from '../../helpers/live-mechanism.js'
import { describeWithPeers } from '../../helpers/peers.js'
import { withBoto3 } from '../../helpers/real-moto.js'
import { until } from '../../helpers/until.js'

type Values = Readonly<Record<string, unknown>>

/** What boto3, another client, has read of the same answers. */
interface Read {
  readonly serverless: readonly Values[]
  readonly clusters: readonly Values[]
  readonly brokers: readonly Values[]
}

const cluster = (name: string): string =>
  encodeURIComponent(`arn:aws:kafka:eu-west-1:123456789012:cluster/${name}`)

/** The fixtures of both mechanisms, by what is asked for and where the page begins. */
const fixtures: Readonly<Record<string, string>> = {
  'DescribeServerlessCaches ': 'elasticache/fixtures/serverless-1.xml',
  'DescribeServerlessCaches geheim/next+token==': 'elasticache/fixtures/serverless-2.xml',
  'DescribeCacheClusters ': 'elasticache/fixtures/clusters-1.xml',
  'DescribeCacheClusters m+1/=': 'elasticache/fixtures/clusters-2.xml',
  'ListTagsForResource ': 'elasticache/fixtures/tags.xml',
  '/api/v2/clusters ': 'msk/fixtures/clusters-1.json',
  '/api/v2/clusters more+/=': 'msk/fixtures/clusters-2.json',
  [`/v1/clusters/${cluster('m1/a-1')}/nodes `]: 'msk/fixtures/nodes-1.json',
  [`/v1/clusters/${cluster('m1/a-1')}/nodes n+1`]: 'msk/fixtures/nodes-2.json',
  [`/v1/clusters/${cluster('m2/b-2')}/nodes `]: 'msk/fixtures/nodes-m2.json',
}

/** Answers both clients, whatever else they ask for in their own way. */
async function answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const form = new URLSearchParams(await textOf(request))
  const { pathname, searchParams } = new URL(request.url ?? '', 'http://x')
  const given = pathname === '/' ? form : searchParams
  const token = given.get('NextToken') ?? given.get('Marker') ?? given.get('nextToken') ?? ''
  const file = fixtures[`${form.get('Action') ?? pathname} ${token}`]
  if (file === undefined) response.writeHead(404).end()
  else response.end(await readFile(path.join(import.meta.dirname, '..', file)))
}

/** A text, number or boolean as a label has it; empty for nothing. */
function written(value: unknown): string {
  if (typeof value === 'string') return value
  return value === undefined || value === null ? '' : JSON.stringify(value)
}

/** All texts, numbers and booleans in a value. */
function leavesOf(value: unknown): readonly string[] {
  if (typeof value === 'object' && value !== null) return Object.values(value).flatMap(leavesOf)
  return [written(value)]
}

/** A name as it is once words are not told apart. */
function joined(name: string): string {
  return name.replaceAll('_', '').toLowerCase()
}

/** Those labels of a target that are named as boto3 names a value, and these values. */
function sameNames(target: Labels, prefix: string, values: Values): readonly [Values, Values] {
  const ours: Record<string, string> = {}
  const theirs: Record<string, string> = {}
  for (const [key, value] of Object.entries(values)) {
    const label = Object.keys(target).find((one) => joined(one) === joined(prefix + key))
    if (label === undefined || typeof value === 'object') continue
    ours[key] = target[label] ?? ''
    theirs[key] = written(value)
  }
  return [ours, theirs]
}

/** The values of all labels but these. */
function valuesOf(target: Labels, ...but: readonly string[]): readonly string[] {
  return Object.entries(target)
    .filter(([label]) => !but.includes(label))
    .map(([, value]) => value)
    .sort()
}

function the(targets: readonly Labels[], labels: Labels): Labels {
  const found = targets.filter((target) =>
    Object.entries(labels).every(([label, value]) => target[label] === value),
  )
  expect(found, JSON.stringify(labels)).toHaveLength(1)
  return found[0] ?? {}
}

describeWithPeers('ElastiCache and MSK beside boto3', ['moto'], () => {
  let url: string
  let read: Read
  const server = http.createServer((request, response) => {
    answer(request, response).catch((error: unknown) => response.destroy(error as Error))
  })

  beforeAll(async () => {
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
    const address = server.address()
    url = `http://127.0.0.1:${String(typeof address === 'object' && address?.port)}`
    read = (await withBoto3(path.join(import.meta.dirname, 'second_client.py'), url)) as Read
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  async function found(make: MechanismFactory, count: number): Promise<readonly Labels[]> {
    const account = { region: 'eu-west-1', access_key: 'AK', secret_key: 'SK' }
    const live = new LiveMechanism(make, { ...account, endpoint: url })
    onTestFinished(() => live.stop())
    await until('all targets', () => live.targets.length >= count)
    expect(live.targets).toHaveLength(count)
    return live.targets
  }

  it('elasticache_sd_configs has every value of each serverless cache', async () => {
    const targets = await found(elasticache, 5)
    expect(read.serverless).toHaveLength(2)
    for (const cache of read.serverless) {
      const prefix = '__meta_elasticache_serverless_cache_'
      const target = the(targets, { [`${prefix}name`]: String(cache['ServerlessCacheName']) })
      const { __address__: _, ...labels } = target
      expect(valuesOf(labels, '__meta_elasticache_deployment_option')).toEqual(
        [...leavesOf(cache)].sort(),
      )
      const [ours, theirs] = sameNames(target, prefix, cache)
      expect(ours).toEqual(theirs)
      expect(theirs).toHaveProperty('Status')
    }
  })

  it('elasticache_sd_configs has every value of each node and its cluster', async () => {
    const targets = await found(elasticache, 5)
    const prefix = '__meta_elasticache_cache_cluster_'
    const nodes = read.clusters.flatMap((one) =>
      (one['CacheNodes'] as readonly Values[]).map((node) => [one, node] as const),
    )
    expect(nodes).toHaveLength(3)
    for (const [{ CacheNodes: _, ...of }, node] of nodes) {
      const target = the(targets, {
        [`${prefix}cache_cluster_id`]: String(of['CacheClusterId']),
        [`${prefix}node_id`]: String(node['CacheNodeId']),
      })
      const { CacheParameterGroup: group, PendingModifiedValues: pending, ...rest } = of
      const { ParameterApplyStatus: __, ...labelled } = (group ?? {}) as Values
      const { CacheNodeIdsToRemove: removed, ...modified } = (pending ?? {}) as Values
      const joinedIds = removed === undefined ? [] : [(removed as readonly string[]).join(',')]
      expect(valuesOf(target, '__address__', '__meta_elasticache_deployment_option')).toEqual(
        [rest, labelled, modified, node, joinedIds].flatMap(leavesOf).sort(),
      )
      const [ours, theirs] = sameNames(target, prefix, of)
      expect(ours).toEqual(theirs)
      const [ofNode, given] = sameNames(target, `${prefix}node_`, node)
      expect(ofNode).toEqual(given)
    }
    expect(read.clusters.map((one) => one['Tags'])).toContainEqual({
      team: 'web & <db>',
      'Größe/a b': 'groß',
      empty: '',
    })
  })

  it('msk_sd_configs has what there is of each broker and controller', async () => {
    const targets = await found(msk, 4)
    const seen = read.brokers.flatMap((one) => {
      const provisioned = (one['Provisioned'] ?? {}) as Values
      const software = (provisioned['CurrentBrokerSoftwareInfo'] ?? {}) as Values
      const monitoring = (provisioned['OpenMonitoring'] ?? {}) as Values
      const prometheus = (monitoring['Prometheus'] ?? {}) as Readonly<Record<string, Values>>
      return (one['Nodes'] as readonly Values[]).flatMap((node) => {
        const broker = node['BrokerNodeInfo'] as Values | undefined
        const endpoints = (broker ?? node['ControllerNodeInfo']) as Values | undefined
        return ((endpoints?.['Endpoints'] ?? []) as readonly string[]).map((host, i) => ({
          __address__: host.includes(':') ? `[${host}]:80` : `${host}:80`,
          __meta_msk_cluster_name: one['ClusterName'],
          __meta_msk_cluster_arn: one['ClusterArn'],
          __meta_msk_cluster_state: one['State'],
          __meta_msk_cluster_type: one['ClusterType'],
          __meta_msk_cluster_version: written(one['CurrentVersion']),
          __meta_msk_cluster_kafka_version: written(software['KafkaVersion']),
          ...(software['ConfigurationArn'] !== undefined && {
            __meta_msk_cluster_configuration_arn: software['ConfigurationArn'],
            __meta_msk_cluster_configuration_revision: written(software['ConfigurationRevision']),
          }),
          ...(prometheus['JmxExporter'] !== undefined && {
            __meta_msk_cluster_jmx_exporter_enabled: written(
              prometheus['JmxExporter']['EnabledInBroker'],
            ),
          }),
          ...(one['Tags'] !== undefined && {
            __meta_msk_cluster_tag_team: (one['Tags'] as Values)['team'],
            __meta_msk_cluster_tag_a_b_c: (one['Tags'] as Values)['a:b/c'],
          }),
          __meta_msk_node_arn: written(node['NodeARN']),
          __meta_msk_node_added_time: written(node['AddedToClusterTime']),
          __meta_msk_node_instance_type: written(node['InstanceType']),
          ...(broker === undefined
            ? {
                __meta_msk_node_type: 'CONTROLLER',
                __meta_msk_controller_endpoint_index: String(i),
              }
            : {
                __meta_msk_node_type: 'BROKER',
                __meta_msk_node_attached_eni: written(broker['AttachedENIId']),
                __meta_msk_broker_id: written(broker['BrokerId']),
                __meta_msk_broker_client_subnet: written(broker['ClientSubnet']),
                __meta_msk_broker_client_vpc_ip: written(broker['ClientVpcIpAddress']),
                __meta_msk_broker_endpoint_index: String(i),
                ...(prometheus['NodeExporter'] !== undefined && {
                  __meta_msk_broker_node_exporter_enabled: written(
                    prometheus['NodeExporter']['EnabledInBroker'],
                  ),
                }),
              }),
        }))
      })
    })
    expect(seen).toHaveLength(4)
    for (const labels of seen) expect(targets).toContainEqual(labels)
  })
})
