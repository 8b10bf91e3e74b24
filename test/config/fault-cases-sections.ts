import { type FaultCase } from './fault-cases.js'

const write = (rest: string): string => `remote_write:\n- url: http://x\n  ${rest}\n`
const queue = (rest: string): string => write(`queue_config: {${rest}}`)
const queueFault = (key: string, rest: string, message: string): FaultCase => ({
  name: `remote write with ${rest}`,
  yaml: queue(rest),
  message: `remote write queue ${message}`,
  place: `3:18 remote_write[0].queue_config.${key}`,
  newer: true,
})
const tsdb = (rest: string): string => `storage:\n  tsdb:\n    ${rest}\n`

/** Faults of the sections that muster checks and does not act on, and of `alerting`. */
export const sectionFaults: readonly FaultCase[] = [
  {
    name: 'remote read without a URL',
    yaml: 'remote_read:\n- name: x\n',
    message: 'url for remote_read is empty',
    place: '2:3 remote_read[0]',
  },
  {
    name: 'remote write without a URL',
    yaml: 'remote_write:\n- name: x\n',
    message: 'url for remote_write is empty',
    place: '2:3 remote_write[0]',
  },
  {
    name: 'a header of remote write that is reserved',
    yaml: write('headers: {x-prometheus-remote-write-version: a}'),
    message: 'x-prometheus-remote-write-version is a reserved header. It must not be changed',
    place: '3:13 remote_write[0].headers.x-prometheus-remote-write-version',
  },
  {
    name: 'a header of remote read that is reserved',
    yaml: 'remote_read:\n- url: http://x\n  headers:\n    x-prometheus-remote-write-version: a\n',
    message: 'x-prometheus-remote-write-version is a reserved header. It must not be changed',
    place: '4:5 remote_read[0].headers.x-prometheus-remote-write-version',
  },
  {
    name: 'a header of tracing that is reserved',
    yaml: 'tracing:\n  endpoint: x\n  headers:\n    x-prometheus-remote-write-version: a\n',
    message: 'x-prometheus-remote-write-version is a reserved header. It must not be changed',
    place: '4:5 tracing.headers.x-prometheus-remote-write-version',
  },
  {
    name: 'authorization as a header of remote write',
    yaml: write('headers: {authorization: a}'),
    message:
      'authorization header must be changed via the basic_auth, authorization, oauth2, sigv4, azuread or google_iam parameter',
    place: '3:13 remote_write[0].headers.authorization',
    newer: true,
  },
  {
    name: 'authorization as a header of tracing',
    yaml: 'tracing:\n  endpoint: x\n  headers: {authorization: a}\n',
    message: 'authorization header configuration is not yet supported',
    place: '3:13 tracing.headers.authorization',
  },
  {
    name: 'tracing without an endpoint',
    yaml: 'tracing:\n  sampling_fraction: 1\n',
    message: 'tracing endpoint must be set',
    place: '2:3 tracing',
  },
  {
    name: 'an unknown compression of tracing',
    yaml: 'tracing:\n  endpoint: x\n  compression: foo\n',
    message: 'invalid compression type foo provided, valid options: gzip',
    place: '3:3 tracing.compression',
  },
  {
    name: 'an unknown client of tracing',
    yaml: 'tracing:\n  endpoint: x\n  client_type: foo\n',
    message: 'expected tracing client type to be to be http or grpc, but got foo',
    place: '3:16 tracing.client_type',
  },
  {
    name: 'an unknown protobuf message',
    yaml: write('protobuf_message: io.prometheus.writet.v2.Request'),
    message:
      'invalid protobuf_message value: unknown type for remote write protobuf message io.prometheus.writet.v2.Request, supported: prometheus.WriteRequest, io.prometheus.write.v2.Request',
    place: '3:21 remote_write[0].protobuf_message',
    newer: true,
  },
  {
    name: 'two remote writes of one name',
    yaml: 'remote_write:\n- {url: "http://x", name: queue1}\n- {url: "http://y", name: queue1}\n',
    message: 'found multiple remote write configs with job name "queue1"',
    place: '3:21 remote_write[1].name',
  },
  {
    name: 'two remote reads of one name',
    yaml: 'remote_read:\n- {url: "http://x", name: queue1}\n- {url: "http://y", name: queue1}\n',
    message: 'found multiple remote read configs with job name "queue1"',
    place: '3:21 remote_read[1].name',
  },
  {
    name: 'an empty remote write',
    yaml: 'remote_write:\n- ~\n',
    message: 'empty or null remote write config section',
    place: '2:3 remote_write[0]',
  },
  {
    name: 'an empty remote read',
    yaml: 'remote_read:\n- ~\n',
    message: 'empty or null remote read config section',
    place: '2:3 remote_read[0]',
  },
  {
    name: 'an empty rule of remote write',
    yaml: write('write_relabel_configs:\n  - ~'),
    message: 'empty or null relabeling rule in remote write config',
    place: '4:5 remote_write[0].write_relabel_configs[0]',
  },
  {
    name: 'remote write with two ways to prove itself',
    yaml: write('sigv4: {}\n  basic_auth: {username: a}'),
    message:
      'at most one of basic_auth, authorization, oauth2, sigv4, azuread or google_iam must be configured',
    place: '2:3 remote_write[0]',
    newer: true,
  },
  queueFault(
    'max_samples_per_send',
    'max_samples_per_send: 0',
    'max_samples_per_send must be positive',
  ),
  queueFault('max_shards', 'max_shards: 0, min_shards: -1', 'max_shards must be positive'),
  queueFault('min_shards', 'min_shards: 0', 'min_shards must be positive'),
  queueFault('capacity', 'capacity: 0', 'capacity must be positive'),
  queueFault('min_shards', 'min_shards: 100', 'min_shards must not be greater than max_shards'),
  queueFault('max_backoff', 'max_backoff: 1ms', 'max_backoff must not be less than min_backoff'),
  {
    name: 'an empty alert relabel rule',
    yaml: 'alerting:\n  alert_relabel_configs:\n  - ~\n',
    message: 'empty or null alert relabeling rule',
    place: '3:5 alerting.alert_relabel_configs[0]',
  },
  {
    name: 'an empty relabel rule of an Alertmanager section',
    yaml: 'alerting:\n  alertmanagers:\n  - relabel_configs:\n    - ~\n',
    message: 'empty or null Alertmanager target relabeling rule',
    place: '4:7 alerting.alertmanagers[0].relabel_configs[0]',
  },
  {
    name: 'an empty alert relabel rule of an Alertmanager section',
    yaml: 'alerting:\n  alertmanagers:\n  - alert_relabel_configs:\n    - ~\n',
    message: 'empty or null Alertmanager alert relabeling rule',
    place: '4:7 alerting.alertmanagers[0].alert_relabel_configs[0]',
  },
  {
    name: 'an empty Alertmanager section',
    yaml: 'alerting:\n  alertmanagers:\n  - ~\n',
    message: 'empty or null Alertmanager config section',
    place: '3:5 alerting.alertmanagers[0]',
    newer: true,
  },
  {
    name: 'version 1 of the Alertmanager API',
    yaml: 'alerting:\n  alertmanagers:\n  - api_version: v1\n',
    message: 'expected Alertmanager api version to be one of [v2] but got v1',
    place: '3:18 alerting.alertmanagers[0].api_version',
  },
  {
    name: 'sigv4 beside basic auth for Alertmanagers',
    yaml: 'alerting:\n  alertmanagers:\n  - basic_auth: {username: a}\n    sigv4: {}\n',
    message: 'at most one of basic_auth, authorization, oauth2, & sigv4 must be configured',
    place: '4:5 alerting.alertmanagers[0].sigv4',
  },
  {
    name: 'an invalid rule of an Alertmanager section',
    yaml: 'alerting:\n  alertmanagers:\n  - relabel_configs:\n    - action: hashmod\n',
    message: 'relabel configuration for hashmod requires non-zero modulus',
    place: '4:7 alerting.alertmanagers[0].relabel_configs[0]',
  },
  {
    name: 'a negative retention time',
    yaml: tsdb('retention: {time: -1h}'),
    message: 'not a valid duration string: "-1h"',
    place: '3:23 storage.tsdb.retention.time',
    newer: true,
  },
  {
    name: 'a negative retention size',
    yaml: tsdb('retention: {size: -1GB}'),
    message: "'storage.tsdb.retention.size' must be greater than or equal to 0",
    place: '3:17 storage.tsdb.retention.size',
    newer: true,
  },
  {
    name: 'a retention percentage above 100',
    yaml: tsdb('retention: {percentage: 101}'),
    message: "'storage.tsdb.retention.percentage' must be in the range [0, 100]",
    place: '3:17 storage.tsdb.retention.percentage',
    newer: true,
  },
  {
    name: 'a negative retention percentage',
    yaml: tsdb('retention: {percentage: -1}'),
    message: "'storage.tsdb.retention.percentage' must be in the range [0, 100]",
    place: '3:17 storage.tsdb.retention.percentage',
    newer: true,
  },
  ...['xor3', 'XOR', 'XOR2'].map(
    (written): FaultCase => ({
      name: `chunk encoding ${written}`,
      yaml: tsdb(`chunk_encoding: {floats: ${written}}`),
      message: `'storage.tsdb.chunk_encoding.floats' must be 'xor' or 'xor2', or the field must be omitted entirely, got "${written}"`,
      place: '3:22 storage.tsdb.chunk_encoding.floats',
      newer: true,
    }),
  ),
  {
    name: 'attributes promoted one by one and all at once',
    yaml: 'otlp:\n  promote_all_resource_attributes: true\n  promote_resource_attributes: [a]\n',
    message:
      "'promote_all_resource_attributes' and 'promote_resource_attributes' cannot be configured simultaneously",
    place: '3:3 otlp.promote_resource_attributes',
  },
  {
    name: 'an attribute that stands twice',
    yaml: 'otlp:\n  promote_resource_attributes: [a, " a"]\n',
    message:
      'invalid \'promote_resource_attributes\': duplicated promoted OTel resource attribute "a"',
    place: '2:3 otlp.promote_resource_attributes',
  },
  {
    name: 'an unknown OTLP strategy',
    yaml: 'otlp:\n  translation_strategy: x\n',
    message: 'unsupported OTLP translation strategy "x"',
    place: '2:3 otlp.translation_strategy',
  },
  {
    name: 'an OTLP strategy that the legacy scheme cannot have',
    yaml: 'global: {metric_name_validation_scheme: legacy}\notlp:\n  translation_strategy: NoTranslation\n',
    message: 'OTLP translation strategy "NoTranslation" is not allowed when UTF8 is disabled',
    place: '3:3 otlp.translation_strategy',
  },
]
