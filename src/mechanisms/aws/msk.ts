import { formatFixed } from '../../go/float.js'
import { joinHostPort } from '../../go/host-port.js'
import type { Labels } from '../../labels/index.js'
import { RequestPool } from '../../waiting/request-pool.js'
import { withQuery } from '../kit/api.js'
import { labelsFrom } from '../kit/labels.js'
import * as json from '../kit/shape.js'
import { pagesOf } from '../kit/pages.js'
import type { AwsClient } from './client.js'

/** What is asked of MSK. */
export interface MskConfig {
  readonly port: number
  /** The ARNs of the clusters; empty for all of the region. */
  readonly clusters: readonly string[]
  /** How many clusters are asked at a time. */
  readonly concurrency: number
}

const optionalText = json.optional(json.text)
const exporter = json.optional(json.object({ enabledInBroker: json.bool }))

const cluster = json.object({
  clusterArn: json.text,
  clusterName: json.text,
  clusterType: json.text,
  currentVersion: json.text,
  state: json.text,
  tags: json.map(json.text),
  provisioned: json.object({
    currentBrokerSoftwareInfo: json.object({
      configurationArn: optionalText,
      configurationRevision: json.optional(json.id),
      kafkaVersion: json.text,
    }),
    openMonitoring: json.object({
      prometheus: json.object({ jmxExporter: exporter, nodeExporter: exporter }),
    }),
  }),
})
type Cluster = json.Read<typeof cluster>

const node = json.object({
  nodeARN: json.text,
  addedToClusterTime: json.text,
  instanceType: json.text,
  brokerNodeInfo: json.optional(
    json.object({
      attachedENIId: json.text,
      brokerId: json.float,
      clientSubnet: json.text,
      clientVpcIpAddress: json.text,
      endpoints: json.list(json.text),
    }),
  ),
  controllerNodeInfo: json.optional(json.object({ endpoints: json.list(json.text) })),
})
type Node = json.Read<typeof node>

const clusterPage = json.object({ clusterInfoList: json.list(cluster), nextToken: optionalText })
const oneCluster = json.object({ clusterInfo: cluster })
const nodePage = json.object({ nodeInfoList: json.list(node), nextToken: optionalText })

/** An address of a node. */
interface Endpoint {
  readonly of: Cluster
  readonly node: Node
  /** Its place among those of the node. */
  readonly index: number
}

const labels = labelsFrom<Endpoint>('__meta_msk_', {
  cluster_name: (e) => e.of.clusterName,
  cluster_arn: (e) => e.of.clusterArn,
  cluster_state: (e) => e.of.state,
  cluster_type: (e) => e.of.clusterType,
  cluster_version: (e) => e.of.currentVersion,
  cluster_kafka_version: (e) => e.of.provisioned.currentBrokerSoftwareInfo.kafkaVersion,
  cluster_configuration_arn: (e) => e.of.provisioned.currentBrokerSoftwareInfo.configurationArn,
  cluster_configuration_revision: (e) =>
    e.of.provisioned.currentBrokerSoftwareInfo.configurationRevision,
  cluster_jmx_exporter_enabled: (e) =>
    e.of.provisioned.openMonitoring.prometheus.jmxExporter?.enabledInBroker,
  cluster_tag_: (e) => e.of.tags,
  node_type: (e) => (e.node.brokerNodeInfo === undefined ? 'CONTROLLER' : 'BROKER'),
  node_arn: (e) => e.node.nodeARN,
  node_added_time: (e) => e.node.addedToClusterTime,
  node_instance_type: (e) => e.node.instanceType,
  node_attached_eni: (e) => e.node.brokerNodeInfo?.attachedENIId,
  broker_id: (e) => e.node.brokerNodeInfo && formatFixed(e.node.brokerNodeInfo.brokerId, 0),
  broker_client_subnet: (e) => e.node.brokerNodeInfo?.clientSubnet,
  broker_client_vpc_ip: (e) => e.node.brokerNodeInfo?.clientVpcIpAddress,
  broker_node_exporter_enabled: (e) =>
    e.node.brokerNodeInfo &&
    e.of.provisioned.openMonitoring.prometheus.nodeExporter?.enabledInBroker,
  broker_endpoint_index: (e) => (e.node.brokerNodeInfo === undefined ? undefined : e.index),
  controller_endpoint_index: (e) => (e.node.brokerNodeInfo === undefined ? e.index : undefined),
})

/**
 * Finds the brokers and controllers of the provisioned clusters; serverless ones have none.
 * https://docs.aws.amazon.com/msk/1.0/apireference/clusters-clusterarn-nodes.html
 */
export async function* nodes(
  client: AwsClient,
  { port, clusters: arns, concurrency }: MskConfig,
): AsyncGenerator<Labels> {
  const pool = new RequestPool(Math.max(1, concurrency))
  const run = <T>(work: () => Promise<T>): Promise<T> => pool.run(work, client.signal)
  const clusters =
    arns.length === 0
      ? await allClusters(client)
      : await Promise.all(arns.map((arn) => run(() => describeCluster(client, arn))))
  const provisioned = clusters.filter((one) => one.clusterType === 'PROVISIONED')
  const nodesOf = await Promise.all(
    provisioned.map((one) => run(() => nodesOfCluster(client, one.clusterArn))),
  )
  for (const [i, of] of provisioned.entries()) {
    for (const one of nodesOf[i] ?? []) {
      const { endpoints } = one.brokerNodeInfo ?? one.controllerNodeInfo ?? { endpoints: [] }
      for (const [index, host] of endpoints.entries()) {
        yield { __address__: joinHostPort(host, port), ...labels({ of, node: one, index }) }
      }
    }
  }
}

async function allClusters(client: AwsClient): Promise<readonly Cluster[]> {
  const query = { clusterTypeFilter: 'PROVISIONED', maxResults: 100 }
  const found: Cluster[] = []
  const ask = (nextToken: string | undefined): Promise<json.Read<typeof clusterPage>> =>
    client.get(
      'ListClustersV2',
      withQuery('/api/v2/clusters', { ...query, nextToken }),
      clusterPage,
    )
  for await (const page of pagesOf(ask, (one) => one.nextToken, 'ListClustersV2')) {
    found.push(...page.clusterInfoList)
  }
  return found
}

async function describeCluster(client: AwsClient, arn: string): Promise<Cluster> {
  const path = `/api/v2/clusters/${encodeURIComponent(arn)}`
  return (await client.get('DescribeClusterV2', path, oneCluster)).clusterInfo
}

async function nodesOfCluster(client: AwsClient, arn: string): Promise<readonly Node[]> {
  const path = `/v1/clusters/${encodeURIComponent(arn)}/nodes`
  const found: Node[] = []
  const ask = (nextToken: string | undefined): Promise<json.Read<typeof nodePage>> =>
    client.get('ListNodes', withQuery(path, { maxResults: 100, nextToken }), nodePage)
  for await (const page of pagesOf(ask, (one) => one.nextToken, 'ListNodes')) {
    found.push(...page.nodeInfoList)
  }
  return found
}
