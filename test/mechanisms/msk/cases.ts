import type { MechanismCases } from '../suite/cases.js'
import { polled } from '../suite/polled.js'

const keys = { region: 'eu-west-1', access_key: 'AKIATEST', secret_key: 'geheim-of-the-user' }
const api = 'http://api.test'
const list = `${api}/api/v2/clusters?clusterTypeFilter=PROVISIONED&maxResults=100`
const m1 = 'arn%3Aaws%3Akafka%3Aeu-west-1%3A123456789012%3Acluster%2Fm1%2Fa-1'
const m2 = 'arn%3Aaws%3Akafka%3Aeu-west-1%3A123456789012%3Acluster%2Fm2%2Fb-2'
const direct = {
  listen: 'http',
  config: (origin: string) => ({ endpoint: origin }),
} as const
const newer = 'msk_sd_configs is newer than any release that can be run here'
const bare = {
  __address__: '[2001:db8:95::1]:80',
  __meta_msk_cluster_name: 'm2',
  __meta_msk_cluster_arn: 'arn:aws:kafka:eu-west-1:123456789012:cluster/m2/b-2',
  __meta_msk_cluster_type: 'PROVISIONED',
  __meta_msk_cluster_version: '',
  __meta_msk_cluster_kafka_version: '',
  __meta_msk_node_type: 'BROKER',
  __meta_msk_node_arn: '',
  __meta_msk_node_added_time: '',
  __meta_msk_node_instance_type: '',
  __meta_msk_node_attached_eni: '',
  __meta_msk_broker_id: '2',
  __meta_msk_broker_client_subnet: '',
  __meta_msk_broker_client_vpc_ip: '',
  __meta_msk_broker_endpoint_index: '0',
}
const ofM1 = {
  __meta_msk_cluster_name: 'm1',
  __meta_msk_cluster_arn: 'arn:aws:kafka:eu-west-1:123456789012:cluster/m1/a-1',
  __meta_msk_cluster_state: 'ACTIVE',
  __meta_msk_cluster_type: 'PROVISIONED',
  __meta_msk_cluster_version: 'K3AEGXETSR30VB',
  __meta_msk_cluster_kafka_version: '3.8.x',
  __meta_msk_cluster_configuration_arn: 'arn:aws:kafka:eu-west-1:123456789012:configuration/c/1',
  __meta_msk_cluster_configuration_revision: '3',
  __meta_msk_cluster_jmx_exporter_enabled: 'true',
  __meta_msk_cluster_tag_team: 'data & more',
  __meta_msk_cluster_tag_a_b_c: '',
}
const broker = {
  ...ofM1,
  __meta_msk_node_type: 'BROKER',
  __meta_msk_node_arn: 'arn:aws:kafka:eu-west-1:123456789012:broker/m1/a-1/n-1',
  __meta_msk_node_added_time: '2026-01-01T00:10:00.000Z',
  __meta_msk_node_instance_type: 'm5.large',
  __meta_msk_node_attached_eni: 'eni-1',
  __meta_msk_broker_id: '1',
  __meta_msk_broker_client_subnet: 'subnet-1',
  __meta_msk_broker_client_vpc_ip: '10.0.0.1',
  __meta_msk_broker_node_exporter_enabled: 'false',
}

export default {
  section: {
    least: {},
    prints: {
      endpoint: '',
      region: '',
      refresh_interval: '1m',
      port: 80,
      request_concurrency: 10,
      follow_redirects: true,
      enable_http2: true,
    },
    most: [
      {
        endpoint: 'https://u:geheim@e',
        region: 'us-east-1',
        access_key: 'a',
        secret_key: 'geheim',
        profile: 'p',
        role_arn: 'r',
        external_id: 'x',
        refresh_interval: '2m',
        port: 1,
        clusters: ['c'],
        request_concurrency: 3,
      },
    ],
    refused: [[{ port: 'x' }, '1:7: port: cannot unmarshal !!str `x` into int']],
  },
  runs: [
    polled({
      config: { ...keys, port: 11001, request_concurrency: 1 },
      direct,
      headers: {},
      answers: {
        [list]: 'clusters-1.json',
        [`${list}&nextToken=more%2B%2F%3D`]: 'clusters-2.json',
        [`${api}/v1/clusters/${m1}/nodes?maxResults=100`]: 'nodes-1.json',
        [`${api}/v1/clusters/${m1}/nodes?maxResults=100&nextToken=n%2B1`]: 'nodes-2.json',
        [`${api}/v1/clusters/${m2}/nodes?maxResults=100`]: 'nodes-m2.json',
      },
      targets: [
        { ...broker, __address__: '127.95.0.1:11001', __meta_msk_broker_endpoint_index: '0' },
        { ...broker, __address__: '127.95.0.2:11001', __meta_msk_broker_endpoint_index: '1' },
        {
          ...ofM1,
          __address__: '127.95.0.3:11001',
          __meta_msk_node_type: 'CONTROLLER',
          __meta_msk_node_arn: 'arn:aws:kafka:eu-west-1:123456789012:controller/m1/a-1/k-1',
          __meta_msk_node_added_time: '',
          __meta_msk_node_instance_type: '',
          __meta_msk_controller_endpoint_index: '0',
        },
        { ...bare, __address__: '[2001:db8:95::1]:11001', __meta_msk_cluster_state: 'CREATING' },
      ],
      empty: '{}',
      misshapen: {
        '{"nodeInfoList":[{"brokerNodeInfo":{"brokerId":"x"}}]}':
          'nodeInfoList[0].brokerNodeInfo.brokerId: expected a number, got a string',
      },
      endlessPages: '{"nextToken":"more+/="}',
      refusals: [
        {
          status: 403,
          headers: { 'x-amzn-errortype': 'ForbiddenException' },
          body: '{"invalidParameter":null,"message":"geheim-of-the-user may not"}',
          says: `${list}: ListClustersV2: ForbiddenException: <secret> may not`,
        },
      ],
      oracle: newer,
    }),
    polled({
      title: 'with clusters',
      config: {
        ...keys,
        request_concurrency: 1,
        clusters: ['arn:aws:kafka:eu-west-1:123456789012:cluster/m2/b-2', 's'],
      },
      direct,
      headers: {},
      answers: {
        [`${api}/api/v2/clusters/${m2}`]: 'one.json',
        [`${api}/api/v2/clusters/s`]: 'serverless.json',
        [`${api}/v1/clusters/${m2}/nodes?maxResults=100`]: 'nodes-m2.json',
      },
      targets: [{ ...bare, __meta_msk_cluster_state: 'ACTIVE' }],
      empty: '{}',
      misshapen: { '[]': 'expected an object, got a list' },
      sameLabels: true,
      oracle: newer,
    }),
  ],
  families: { __meta_msk_cluster_tag_: 'tag' },
} satisfies MechanismCases
