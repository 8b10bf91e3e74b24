import {
  bool,
  type Decoding,
  duration,
  field,
  int,
  struct,
  type StructType,
} from '../../yaml/index.js'

/** `queue_config` of remote write; durations in milliseconds. */
export interface QueueConfig {
  readonly capacity: number
  readonly max_shards: number
  readonly min_shards: number
  readonly max_samples_per_send: number
  readonly batch_send_deadline: number
  readonly min_backoff: number
  readonly max_backoff: number
  readonly retry_on_http_429: boolean
  readonly sample_age_limit: number
}

/** `metadata_config` of remote write. */
export interface MetadataConfig {
  readonly send: boolean
  readonly send_interval: number
  readonly max_samples_per_send: number
}

function check(value: QueueConfig, at: Decoding): void {
  for (const key of ['max_samples_per_send', 'max_shards', 'min_shards', 'capacity'] as const) {
    if (value[key] <= 0) at.failKey(key, `remote write queue ${key} must be positive`)
  }
  if (value.min_shards > value.max_shards) {
    at.failKey('min_shards', 'remote write queue min_shards must not be greater than max_shards')
  }
  if (value.max_backoff < value.min_backoff) {
    at.failKey('max_backoff', 'remote write queue max_backoff must not be less than min_backoff')
  }
}

export const queue: StructType<QueueConfig> = struct(
  'config.QueueConfig',
  {
    capacity: field(int, 10_000),
    max_shards: field(int, 50),
    min_shards: field(int, 1),
    max_samples_per_send: field(int, 2000),
    batch_send_deadline: field(duration, 5000),
    min_backoff: field(duration, 30),
    max_backoff: field(duration, 5000),
    retry_on_http_429: field(bool),
    sample_age_limit: field(duration),
  },
  check,
)

export const metadata: StructType<MetadataConfig> = struct('config.MetadataConfig', {
  send: field(bool, true, { always: true }),
  send_interval: field(duration, 60_000, { always: true }),
  max_samples_per_send: field(int, 2000),
})
