import type { MechanismCases } from '../suite/cases.js'
import type { CloudRequest } from '../suite/clouds.js'
import { polled } from '../suite/polled.js'

const keys = { region: 'eu-west-1', access_key: 'AKIATEST', secret_key: 'geheim-of-the-user' }
const newer = 'elasticache_sd_configs is newer than any release that can be run here'
const arn = 'arn:aws:elasticache:eu-west-1:123456789012'
const post = 'POST http://api.test/'
const version = 'Version=2015-02-02'
const serverless = `${post} Action=DescribeServerlessCaches&${version}&MaxResults=50`
const clusters = `${post} Action=DescribeCacheClusters&${version}&MaxRecords=100&ShowCacheNodeInfo=true`
const tags = `${post} Action=ListTagsForResource&${version}&ResourceName`
const usual = {
  direct: { listen: 'http', config: (origin: string) => ({ endpoint: origin }) },
  headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
  aspect: ({ body }: CloudRequest) => decodeURIComponent(body),
} as const

/** A cluster that has no nodes. */
const without = (id: string): string =>
  `<CacheCluster><CacheClusterId>${id}</CacheClusterId></CacheCluster>`

/** Every label of a serverless cache. */
const sl = {
  __meta_elasticache_deployment_option: 'serverless',
  __meta_elasticache_serverless_cache_arn:
    'arn:aws:elasticache:eu-west-1:123456789012:serverlesscache:sl',
  __meta_elasticache_serverless_cache_name: 'sl',
  __meta_elasticache_serverless_cache_create_time: '2026-01-02T03:04:05Z',
  __meta_elasticache_serverless_cache_description: 'a & b',
  __meta_elasticache_serverless_cache_engine: 'valkey',
  __meta_elasticache_serverless_cache_full_engine_version: '8.1',
  __meta_elasticache_serverless_cache_major_engine_version: '8',
  __meta_elasticache_serverless_cache_status: 'available',
  __meta_elasticache_serverless_cache_kms_key_id: 'kms-1',
  __meta_elasticache_serverless_cache_user_group_id: 'ug',
  __meta_elasticache_serverless_cache_daily_snapshot_time: '03:00',
  __meta_elasticache_serverless_cache_snapshot_retention_limit: '7',
  __meta_elasticache_serverless_cache_endpoint_address: '127.92.0.1',
  __meta_elasticache_serverless_cache_endpoint_port: '6379',
  __meta_elasticache_serverless_cache_endpoint_reader_address: '127.92.0.2',
  __meta_elasticache_serverless_cache_endpoint_reader_port: '6380',
  __meta_elasticache_serverless_cache_security_group_id_0: 'sg-1',
  __meta_elasticache_serverless_cache_security_group_id_1: 'sg-2',
  __meta_elasticache_serverless_cache_subnet_id_0: 'subnet-1',
  __meta_elasticache_serverless_cache_subnet_id_1: 'subnet-2',
  __meta_elasticache_serverless_cache_cache_usage_limit_data_storagemaximum: '10',
  __meta_elasticache_serverless_cache_cache_usage_limit_data_storageminimum: '1',
  __meta_elasticache_serverless_cache_cache_usage_limit_data_storageunit: 'GB',
  __meta_elasticache_serverless_cache_cache_usage_limit_ecpu_per_secondmaximum: '5000',
  __meta_elasticache_serverless_cache_cache_usage_limit_ecpu_per_secondminimum: '1000',
  __meta_elasticache_serverless_cache_tag_team: 'web & <db>',
  __meta_elasticache_serverless_cache_tag_Gr__e_a_b: 'groß',
  __meta_elasticache_serverless_cache_tag_empty: '',
}

/** Every label of a cluster. */
const shop = {
  __meta_elasticache_deployment_option: 'node',
  __meta_elasticache_cache_cluster_arn:
    'arn:aws:elasticache:eu-west-1:123456789012:cluster:shop-001',
  __meta_elasticache_cache_cluster_at_rest_encryption_enabled: 'false',
  __meta_elasticache_cache_cluster_auth_token_enabled: 'true',
  __meta_elasticache_cache_cluster_auth_token_last_modified: '2026-01-03T00:00:00Z',
  __meta_elasticache_cache_cluster_auto_minor_version_upgrade: 'true',
  __meta_elasticache_cache_cluster_cache_cluster_create_time: '2026-01-01T00:00:00Z',
  __meta_elasticache_cache_cluster_cache_cluster_id: 'shop-001',
  __meta_elasticache_cache_cluster_cache_cluster_status: 'available',
  __meta_elasticache_cache_cluster_cache_node_type: 'cache.t3.micro',
  __meta_elasticache_cache_cluster_cache_parameter_group: 'pg',
  __meta_elasticache_cache_cluster_cache_subnet_group_name: 'sng',
  __meta_elasticache_cache_cluster_client_download_landing_page:
    'https://console.aws.example/download',
  __meta_elasticache_cache_cluster_engine: 'redis',
  __meta_elasticache_cache_cluster_engine_version: '7.1.0',
  __meta_elasticache_cache_cluster_ip_discovery: 'ipv4',
  __meta_elasticache_cache_cluster_network_type: 'ipv4',
  __meta_elasticache_cache_cluster_num_cache_nodes: '2',
  __meta_elasticache_cache_cluster_preferred_availability_zone: 'eu-west-1a',
  __meta_elasticache_cache_cluster_preferred_maintenance_window: 'mon:01:00-mon:02:00',
  __meta_elasticache_cache_cluster_preferred_outpost_arn: 'op-1',
  __meta_elasticache_cache_cluster_replication_group_id: 'shop',
  __meta_elasticache_cache_cluster_replication_group_log_delivery_enabled: 'false',
  __meta_elasticache_cache_cluster_snapshot_retention_limit: '1',
  __meta_elasticache_cache_cluster_snapshot_window: '05:00-06:00',
  __meta_elasticache_cache_cluster_transit_encryption_enabled: 'true',
  __meta_elasticache_cache_cluster_transit_encryption_mode: 'preferred',
  __meta_elasticache_cache_cluster_configuration_endpoint_address: 'shop.cfg.example',
  __meta_elasticache_cache_cluster_configuration_endpoint_port: '11211',
  __meta_elasticache_cache_cluster_notification_topic_arn: 'topic-1',
  __meta_elasticache_cache_cluster_notification_topic_status: 'active',
  __meta_elasticache_cache_cluster_log_delivery_configuration_destination_type_0: 'cloudwatch-logs',
  __meta_elasticache_cache_cluster_log_delivery_configuration_log_format_0: 'json',
  __meta_elasticache_cache_cluster_log_delivery_configuration_log_type_0: 'slow-log',
  __meta_elasticache_cache_cluster_log_delivery_configuration_status_0: 'active',
  __meta_elasticache_cache_cluster_log_delivery_configuration_log_group_0: 'lg',
  __meta_elasticache_cache_cluster_log_delivery_configuration_destination_type_1:
    'kinesis-firehose',
  __meta_elasticache_cache_cluster_log_delivery_configuration_log_format_1: 'text',
  __meta_elasticache_cache_cluster_log_delivery_configuration_log_type_1: 'engine-log',
  __meta_elasticache_cache_cluster_log_delivery_configuration_status_1: 'error',
  __meta_elasticache_cache_cluster_log_delivery_configuration_message_1: 'no such stream',
  __meta_elasticache_cache_cluster_log_delivery_configuration_delivery_stream_1: 'ds',
  __meta_elasticache_cache_cluster_pending_modified_values_auth_token_status: 'ROTATING',
  __meta_elasticache_cache_cluster_pending_modified_values_cache_node_type: 'cache.t3.small',
  __meta_elasticache_cache_cluster_pending_modified_values_engine_version: '7.2',
  __meta_elasticache_cache_cluster_pending_modified_values_num_cache_nodes: '3',
  __meta_elasticache_cache_cluster_pending_modified_values_transit_encryption_enabled: 'true',
  __meta_elasticache_cache_cluster_pending_modified_values_transit_encryption_mode: 'required',
  __meta_elasticache_cache_cluster_pending_modified_values_cache_node_ids_to_remove: '0001,0002',
  __meta_elasticache_cache_cluster_security_group_membership_id_0: 'sg-3',
  __meta_elasticache_cache_cluster_security_group_membership_status_0: 'active',
  __meta_elasticache_cache_cluster_security_group_membership_id_1: 'sg-4',
  __meta_elasticache_cache_cluster_tag_team: 'web & <db>',
  __meta_elasticache_cache_cluster_tag_Gr__e_a_b: 'groß',
  __meta_elasticache_cache_cluster_tag_empty: '',
}

/** Every label of a node. */
const node = {
  __meta_elasticache_cache_cluster_node_create_time: '2026-01-01T00:01:00Z',
  __meta_elasticache_cache_cluster_node_id: '0001',
  __meta_elasticache_cache_cluster_node_status: 'available',
  __meta_elasticache_cache_cluster_node_availability_zone: 'eu-west-1a',
  __meta_elasticache_cache_cluster_node_customer_outpost_arn: 'op-2',
  __meta_elasticache_cache_cluster_node_source_cache_node_id: '0000',
  __meta_elasticache_cache_cluster_node_parameter_group_status: 'in-sync',
  __meta_elasticache_cache_cluster_node_endpoint_address: '127.92.0.3',
  __meta_elasticache_cache_cluster_node_endpoint_port: '6379',
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
      ...usual,
      config: { ...keys, request_concurrency: 1 },
      answers: {
        [serverless]: 'serverless-1.xml',
        [`${serverless}&NextToken=geheim/next+token==`]: 'serverless-2.xml',
        [clusters]: 'clusters-1.xml',
        [`${clusters}&Marker=m+1/=`]: 'clusters-2.xml',
        [`${tags}=${arn}:serverlesscache:sl`]: 'tags.xml',
        [`${tags}=${arn}:cluster:shop-001`]: 'tags.xml',
      },
      // A cache whose tags cannot be had keeps its targets, and is named: elasticache.test.ts.
      ofOneTarget: [`${tags}=${arn}:serverlesscache:sl`, `${tags}=${arn}:cluster:shop-001`],
      targets: [
        { ...sl, __address__: '127.92.0.1:6379' },
        {
          __meta_elasticache_deployment_option: 'serverless',
          __meta_elasticache_serverless_cache_name: 'new',
          __meta_elasticache_serverless_cache_status: 'creating',
        },
        { ...shop, ...node, __address__: '127.92.0.3:6379' },
        {
          ...shop,
          __meta_elasticache_cache_cluster_node_id: '0002',
          __meta_elasticache_cache_cluster_node_status: 'creating',
        },
        {
          __address__: '[2001:db8:92::1]:11211',
          __meta_elasticache_deployment_option: 'node',
          __meta_elasticache_cache_cluster_cache_cluster_id: 'memory',
          __meta_elasticache_cache_cluster_engine: 'memcached',
          __meta_elasticache_cache_cluster_node_id: '0001',
          __meta_elasticache_cache_cluster_node_endpoint_address: '2001:db8:92::1',
          __meta_elasticache_cache_cluster_node_endpoint_port: '11211',
        },
      ],
      empty: ({ body }) => `<${new URLSearchParams(body).get('Action') ?? ''}Response/>`,
      misshapen: { '<a/>': 'expected an element DescribeCacheClustersResponse' },
      endlessPages:
        '<DescribeServerlessCachesResponse><DescribeServerlessCachesResult><NextToken>geheim/next+token==</NextToken></DescribeServerlessCachesResult></DescribeServerlessCachesResponse>',
      refusals: [
        {
          status: 403,
          body: '<ErrorResponse><Error><Type>Sender</Type><Code>AccessDenied</Code><Message>geheim-of-the-user may not</Message></Error></ErrorResponse>',
          says: 'http://api.test/: DescribeServerlessCaches: AccessDenied: <secret> may not',
        },
      ],
      oracle: newer,
    }),
    polled({
      ...usual,
      title: 'with clusters',
      config: { ...keys, clusters: [`${arn}:replicationgroup:shop`, `${arn}:cluster:memory`] },
      answers: { [serverless]: 'some-serverless.xml', [clusters]: 'some-clusters.xml' },
      targets: [
        {
          __address__: '127.92.0.8:6379',
          __meta_elasticache_deployment_option: 'serverless',
          __meta_elasticache_serverless_cache_name: 'other',
          __meta_elasticache_serverless_cache_endpoint_address: '127.92.0.8',
          __meta_elasticache_serverless_cache_endpoint_port: '6379',
        },
        {
          __address__: '127.92.0.5:6379',
          __meta_elasticache_deployment_option: 'node',
          __meta_elasticache_cache_cluster_cache_cluster_id: 'shop-001',
          __meta_elasticache_cache_cluster_replication_group_id: 'shop',
          __meta_elasticache_cache_cluster_node_endpoint_address: '127.92.0.5',
          __meta_elasticache_cache_cluster_node_endpoint_port: '6379',
        },
        {
          __address__: '127.92.0.6:11211',
          __meta_elasticache_deployment_option: 'node',
          __meta_elasticache_cache_cluster_cache_cluster_id: 'memory',
          __meta_elasticache_cache_cluster_node_endpoint_address: '127.92.0.6',
          __meta_elasticache_cache_cluster_node_endpoint_port: '11211',
        },
      ],
      empty: ({ body }) =>
        body.includes('DescribeServerlessCaches')
          ? '<DescribeServerlessCachesResponse/>'
          : `<DescribeCacheClustersResponse><DescribeCacheClustersResult><CacheClusters>${without('shop')}${without('memory')}</CacheClusters></DescribeCacheClustersResult></DescribeCacheClustersResponse>`,
      misshapen: { '<a/>': 'expected an element DescribeCacheClustersResponse' },
      sameLabels: true,
      oracle: newer,
    }),
  ],
  families: {
    __meta_elasticache_cache_cluster_tag_: 'tag',
    __meta_elasticache_serverless_cache_tag_: 'tag',
  },
} satisfies MechanismCases
