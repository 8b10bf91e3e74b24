import type { LabelTable } from '../kit/labels.js'
import { childOf, type XmlElement } from '../kit/xml.js'
import { itemsOf, textAt } from './elements.js'
import { type ElementLabels, type FieldNames, fieldLabels } from './field-labels.js'

// https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CacheCluster.html
const ofCluster: FieldNames = {
  arn: 'ARN',
  at_rest_encryption_enabled: 'AtRestEncryptionEnabled',
  auth_token_enabled: 'AuthTokenEnabled',
  auto_minor_version_upgrade: 'AutoMinorVersionUpgrade',
  cache_cluster_id: 'CacheClusterId',
  cache_cluster_status: 'CacheClusterStatus',
  cache_node_type: 'CacheNodeType',
  cache_parameter_group: 'CacheParameterGroup.CacheParameterGroupName',
  cache_subnet_group_name: 'CacheSubnetGroupName',
  client_download_landing_page: 'ClientDownloadLandingPage',
  configuration_endpoint_address: 'ConfigurationEndpoint.Address',
  configuration_endpoint_port: 'ConfigurationEndpoint.Port',
  engine: 'Engine',
  engine_version: 'EngineVersion',
  ip_discovery: 'IpDiscovery',
  network_type: 'NetworkType',
  notification_topic_arn: 'NotificationConfiguration.TopicArn',
  notification_topic_status: 'NotificationConfiguration.TopicStatus',
  num_cache_nodes: 'NumCacheNodes',
  pending_modified_values_auth_token_status: 'PendingModifiedValues.AuthTokenStatus',
  pending_modified_values_cache_node_type: 'PendingModifiedValues.CacheNodeType',
  pending_modified_values_engine_version: 'PendingModifiedValues.EngineVersion',
  pending_modified_values_num_cache_nodes: 'PendingModifiedValues.NumCacheNodes',
  pending_modified_values_transit_encryption_enabled:
    'PendingModifiedValues.TransitEncryptionEnabled',
  pending_modified_values_transit_encryption_mode: 'PendingModifiedValues.TransitEncryptionMode',
  preferred_availability_zone: 'PreferredAvailabilityZone',
  preferred_maintenance_window: 'PreferredMaintenanceWindow',
  preferred_outpost_arn: 'PreferredOutpostArn',
  replication_group_id: 'ReplicationGroupId',
  replication_group_log_delivery_enabled: 'ReplicationGroupLogDeliveryEnabled',
  snapshot_retention_limit: 'SnapshotRetentionLimit',
  snapshot_window: 'SnapshotWindow',
  transit_encryption_enabled: 'TransitEncryptionEnabled',
  transit_encryption_mode: 'TransitEncryptionMode',
}

const timesOfCluster: FieldNames = {
  auth_token_last_modified: 'AuthTokenLastModifiedDate',
  cache_cluster_create_time: 'CacheClusterCreateTime',
}

const logs = ['LogDeliveryConfigurations', 'LogDeliveryConfiguration'] as const
const groups = ['SecurityGroups', 'member'] as const

/** The labels of lists: the index of each item is a part of their names. */
const listsOfCluster: LabelTable<XmlElement> = {
  log_delivery_configuration_destination_type_: numbered(...logs, 'DestinationType'),
  log_delivery_configuration_log_format_: numbered(...logs, 'LogFormat'),
  log_delivery_configuration_log_type_: numbered(...logs, 'LogType'),
  log_delivery_configuration_status_: numbered(...logs, 'Status'),
  log_delivery_configuration_message_: numbered(...logs, 'Message'),
  log_delivery_configuration_log_group_: numbered(
    ...logs,
    'DestinationDetails.CloudWatchLogsDetails.LogGroup',
  ),
  log_delivery_configuration_delivery_stream_: numbered(
    ...logs,
    'DestinationDetails.KinesisFirehoseDetails.DeliveryStream',
  ),
  pending_modified_values_cache_node_ids_to_remove: removedNodes,
  security_group_membership_id_: numbered(...groups, 'SecurityGroupId'),
  security_group_membership_status_: numbered(...groups, 'Status'),
}

/** The labels that all nodes of a cluster have. */
export const clusterLabels: ElementLabels = fieldLabels(
  '__meta_elasticache_cache_cluster_',
  ofCluster,
  timesOfCluster,
  listsOfCluster,
)

/** The labels of a node. https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_CacheNode.html */
export const nodeLabels: ElementLabels = fieldLabels(
  '__meta_elasticache_cache_cluster_node_',
  {
    availability_zone: 'CustomerAvailabilityZone',
    customer_outpost_arn: 'CustomerOutpostArn',
    endpoint_address: 'Endpoint.Address',
    endpoint_port: 'Endpoint.Port',
    id: 'CacheNodeId',
    parameter_group_status: 'ParameterGroupStatus',
    source_cache_node_id: 'SourceCacheNodeId',
    status: 'CacheNodeStatus',
  },
  { create_time: 'CacheNodeCreateTime' },
)

/**
 * The labels of a serverless cache. Five names lack an underscore, as in Prometheus.
 * https://docs.aws.amazon.com/AmazonElastiCache/latest/APIReference/API_ServerlessCache.html
 */
export const serverlessLabels: ElementLabels = fieldLabels(
  '__meta_elasticache_serverless_cache_',
  {
    arn: 'ARN',
    cache_usage_limit_data_storagemaximum: 'CacheUsageLimits.DataStorage.Maximum',
    cache_usage_limit_data_storageminimum: 'CacheUsageLimits.DataStorage.Minimum',
    cache_usage_limit_data_storageunit: 'CacheUsageLimits.DataStorage.Unit',
    cache_usage_limit_ecpu_per_secondmaximum: 'CacheUsageLimits.ECPUPerSecond.Maximum',
    cache_usage_limit_ecpu_per_secondminimum: 'CacheUsageLimits.ECPUPerSecond.Minimum',
    daily_snapshot_time: 'DailySnapshotTime',
    description: 'Description',
    endpoint_address: 'Endpoint.Address',
    endpoint_port: 'Endpoint.Port',
    endpoint_reader_address: 'ReaderEndpoint.Address',
    endpoint_reader_port: 'ReaderEndpoint.Port',
    engine: 'Engine',
    full_engine_version: 'FullEngineVersion',
    kms_key_id: 'KmsKeyId',
    major_engine_version: 'MajorEngineVersion',
    name: 'ServerlessCacheName',
    snapshot_retention_limit: 'SnapshotRetentionLimit',
    status: 'Status',
    user_group_id: 'UserGroupId',
  },
  { create_time: 'CreateTime' },
  {
    security_group_id_: numbered('SecurityGroupIds', 'SecurityGroupId'),
    subnet_id_: numbered('SubnetIds', 'SubnetId'),
  },
)

type Cell = LabelTable<XmlElement>[string]

/** One label for each item of a list; those without a value give none. @param path to it within an item */
function numbered(list: string, item: string, path = ''): Cell {
  return (element) =>
    itemsOf(element, list, item).map((one, i): readonly [string, string | undefined] => [
      String(i),
      path === '' ? one.text : textAt(one, path),
    ])
}

function removedNodes(cluster: XmlElement): string | undefined {
  const pending = childOf(cluster, 'PendingModifiedValues')
  const ids = itemsOf(pending, 'CacheNodeIdsToRemove', 'CacheNodeId').map(({ text }) => text)
  return ids.length === 0 ? undefined : ids.join(',')
}
