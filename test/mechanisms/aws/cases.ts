import type { MechanismCases } from '../suite/cases.js'
import { polled } from '../suite/polled.js'

const keys = { region: 'eu-west-1', access_key: 'AKIATEST', secret_key: 'geheim-of-the-user' }
const newer = 'aws_sd_configs is newer than any release that can be run here'

export default {
  section: {
    least: { role: 'ecs' },
    prints: {
      role: 'ecs',
      endpoint: '',
      region: '',
      refresh_interval: '1m',
      port: 80,
      follow_redirects: false,
      enable_http2: false,
    },
    most: [
      {
        role: 'ec2',
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
        filters: [{ name: 'a', values: ['b'] }],
      },
    ],
    refused: [
      [{ role: 'x' }, '1:7: role: unknown AWS SD role "x"'],
      [{ region: 'x' }, '1:1: unknown AWS SD role ""'],
    ],
  },
  runs: [
    polled({
      title: 'with role ec2',
      config: { role: 'ec2', ...keys, filters: [{ name: 'vpc-id', values: ['vpc-1'] }] },
      direct: { listen: 'http', config: (origin) => ({ endpoint: origin }) },
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
      aspect: ({ body }) => body,
      answers: {
        'POST http://api.test/ Action=DescribeAvailabilityZones&Version=2016-11-15': 'zones.xml',
        'POST http://api.test/ Action=DescribeInstances&Version=2016-11-15&MaxResults=1000&Filter.1.Name=vpc-id&Filter.1.Value.1=vpc-1':
          'instances.xml',
      },
      kept: ['POST http://api.test/ Action=DescribeAvailabilityZones&Version=2016-11-15'],
      targets: [
        {
          __address__: '127.94.0.1:80',
          __meta_ec2_instance_id: 'i-0a',
          __meta_ec2_region: 'eu-west-1',
          __meta_ec2_private_ip: '127.94.0.1',
          __meta_ec2_ami: 'ami-0a',
          __meta_ec2_availability_zone: 'eu-west-1a',
          __meta_ec2_availability_zone_id: 'euw1-az2',
          __meta_ec2_instance_state: 'running',
          __meta_ec2_instance_type: 't3.micro',
        },
      ],
      empty: '<DescribeInstancesResponse/>',
      misshapen: { '<a/>': 'expected an element DescribeInstancesResponse' },
      oracle: newer,
    }),
    polled({
      title: 'with role lightsail',
      config: { role: 'lightsail', ...keys, port: 9100 },
      direct: { listen: 'http', config: (origin) => ({ endpoint: origin }) },
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'Lightsail_20161128.GetInstances',
      },
      answers: { 'POST http://api.test/': 'lightsail.json' },
      targets: [
        {
          __address__: '127.94.0.2:9100',
          __meta_lightsail_instance_name: 'blog',
          __meta_lightsail_private_ip: '127.94.0.2',
          __meta_lightsail_region: 'eu-west-1',
        },
      ],
      empty: '{}',
      misshapen: { '[]': 'expected an object, got a list' },
      oracle: newer,
    }),
    polled({
      title: 'with role ecs',
      config: { role: 'ecs', ...keys, clusters: ['web'] },
      direct: { listen: 'http', config: (origin) => ({ endpoint: origin }) },
      headers: { 'content-type': 'application/x-amz-json-1.1' },
      aspect: ({ headers }) => String(headers['x-amz-target']).replace(/^.*\./, ''),
      answers: {
        'POST http://api.test/ DescribeClusters': 'clusters.json',
        'POST http://api.test/ ListTasks': 'task-arns.json',
        'POST http://api.test/ DescribeTasks': 'tasks.json',
      },
      targets: [
        {
          __address__: '127.94.0.3:80',
          __meta_ecs_ip_address: '127.94.0.3',
          __meta_ecs_region: 'eu-west-1',
          __meta_ecs_launch_type: 'FARGATE',
          __meta_ecs_health_status: 'UNKNOWN',
          __meta_ecs_network_mode: 'awsvpc',
          __meta_ecs_cluster: 'web',
          __meta_ecs_cluster_arn: 'arn:aws:ecs:eu-west-1:123456789012:cluster/web',
        },
      ],
      empty: '{"clusters":[{"clusterName":"web"}]}',
      misshapen: { '[]': 'expected an object, got a list' },
      oracle: newer,
    }),
    polled({
      title: 'with role rds',
      config: { role: 'rds', ...keys, filters: [{ name: 'engine', values: [] }] },
      direct: { listen: 'http', config: (origin) => ({ endpoint: origin }) },
      headers: {},
      aspect: ({ body }) => new URLSearchParams(body).get('Action') ?? '',
      answers: {
        'POST http://api.test/ DescribeDBClusters': 'db-clusters.xml',
        'POST http://api.test/ DescribeDBInstances': 'db-instances.xml',
      },
      targets: [
        {
          __address__: '127.94.0.4:80',
          __meta_rds_cluster_arn: 'arn:aws:rds:eu-west-1:123456789012:cluster:shop',
          __meta_rds_cluster_identifier: 'shop',
          __meta_rds_instance_db_cluster_identifier: 'shop',
          __meta_rds_instance_endpoint_address: '127.94.0.4',
          __meta_rds_instance_endpoint_port: '3306',
        },
      ],
      empty: '<DescribeDBClustersResponse/>',
      misshapen: { '<a/>': 'expected an element DescribeDBInstancesResponse' },
      oracle: newer,
    }),
    polled({
      title: 'with role elasticache',
      config: { role: 'elasticache', ...keys },
      direct: { listen: 'http', config: (origin) => ({ endpoint: origin }) },
      headers: {},
      aspect: ({ body }) => new URLSearchParams(body).get('Action') ?? '',
      answers: {
        'POST http://api.test/ DescribeServerlessCaches': 'serverless.xml',
        'POST http://api.test/ DescribeCacheClusters': 'caches.xml',
      },
      targets: [
        {
          __address__: '127.94.0.5:6379',
          __meta_elasticache_deployment_option: 'serverless',
          __meta_elasticache_serverless_cache_endpoint_address: '127.94.0.5',
          __meta_elasticache_serverless_cache_endpoint_port: '6379',
        },
      ],
      empty: ({ body }) => `<${new URLSearchParams(body).get('Action') ?? ''}Response/>`,
      misshapen: { '<a/>': 'expected an element DescribeCacheClustersResponse' },
      oracle: newer,
    }),
    polled({
      title: 'with role msk',
      config: { role: 'msk', ...keys },
      direct: { listen: 'http', config: (origin) => ({ endpoint: origin }) },
      headers: {},
      answers: {
        'http://api.test/api/v2/clusters?clusterTypeFilter=PROVISIONED&maxResults=100': 'msk.json',
        'http://api.test/v1/clusters/m/nodes?maxResults=100': 'msk-nodes.json',
      },
      targets: [
        {
          __address__: '127.94.0.6:80',
          __meta_msk_cluster_name: 'm',
          __meta_msk_cluster_arn: 'm',
          __meta_msk_cluster_state: 'ACTIVE',
          __meta_msk_cluster_type: 'PROVISIONED',
          __meta_msk_cluster_version: '',
          __meta_msk_cluster_kafka_version: '',
          __meta_msk_node_type: 'CONTROLLER',
          __meta_msk_node_arn: 'n',
          __meta_msk_node_added_time: '',
          __meta_msk_node_instance_type: '',
          __meta_msk_controller_endpoint_index: '0',
        },
      ],
      empty: '{}',
      misshapen: { '[]': 'expected an object, got a list' },
      oracle: newer,
    }),
  ],
} satisfies MechanismCases
