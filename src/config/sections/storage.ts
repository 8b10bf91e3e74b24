import {
  bytes,
  completed,
  type Decoding,
  duration,
  field,
  float,
  int,
  optional,
  struct,
  text,
  type Type,
} from '../../yaml/index.js'
import { goQuote } from '../../go/quote.js'

/** How long samples are kept; `time` in milliseconds, `size` in bytes, 0 for no limit. */
export interface RetentionConfig {
  readonly time: number
  readonly size: number
  readonly percentage: number
}

export interface TsdbConfig {
  /** Always the next one, in milliseconds; a field that upstream forgot to hide. */
  readonly outofordertimewindow: number
  readonly out_of_order_time_window: number
  readonly stale_series_compaction_threshold: number
  readonly chunk_encoding: { readonly floats: string }
  readonly retention: RetentionConfig | undefined
}

/** The `storage` section; muster checks it and stores no samples. */
export interface StorageConfig {
  readonly tsdb: TsdbConfig | undefined
  readonly exemplars: { readonly max_exemplars: number } | undefined
}

const retention: Type<RetentionConfig> = struct(
  'config.plain',
  { time: field(duration), size: field(bytes), percentage: field(float) },
  (value: RetentionConfig, at: Decoding) => {
    if (value.size < 0) {
      at.failKey('size', "'storage.tsdb.retention.size' must be greater than or equal to 0")
    }
    if (!(value.percentage >= 0 && value.percentage <= 100)) {
      at.failKey('percentage', "'storage.tsdb.retention.percentage' must be in the range [0, 100]")
    }
  },
)

const chunkEncoding: Type<{ readonly floats: string }> = struct(
  'config.plain',
  { floats: field(text) },
  ({ floats }: { readonly floats: string }, at: Decoding, has) => {
    if (!has('floats') || floats === 'xor' || floats === 'xor2') return
    at.failKey(
      'floats',
      `'storage.tsdb.chunk_encoding.floats' must be 'xor' or 'xor2', or the field must be omitted entirely, got ${goQuote(floats)}`,
    )
  },
)

const tsdbKeys: Type<TsdbConfig> = struct('config.plain', {
  outofordertimewindow: field(int, 0, { always: true }),
  out_of_order_time_window: field(duration),
  stale_series_compaction_threshold: field(float),
  chunk_encoding: field(chunkEncoding),
  retention: field(optional(retention)),
})

const tsdb: Type<TsdbConfig> = completed(tsdbKeys, (value) => ({
  ...value,
  outofordertimewindow: value.out_of_order_time_window,
}))

const exemplars: Type<{ readonly max_exemplars: number }> = struct('config.ExemplarsConfig', {
  max_exemplars: field(int),
})

export const storageSection: Type<StorageConfig> = struct('config.StorageConfig', {
  tsdb: field(optional(tsdb)),
  exemplars: field(optional(exemplars)),
})

const fifteenDays = 15 * 86_400_000

/** The section with Prometheus' retention, which shows in its printed config even when left out. */
export function withDefaultRetention(storage: StorageConfig): StorageConfig {
  const given = storage.tsdb ?? tsdb.zero()
  if (given.retention !== undefined) return storage
  return {
    ...storage,
    tsdb: { ...given, retention: { time: fifteenDays, size: 0, percentage: 0 } },
  }
}
