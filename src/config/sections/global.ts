import type { Labels } from '../../labels/index.js'
import {
  bool,
  completed,
  type Decoding,
  duration,
  field,
  filePath,
  map,
  optional,
  struct,
  type StructType,
  text,
  type Type,
  uint,
} from '../../yaml/index.js'
import type { ConfigIssues } from '../config-issues.js'
import { limitFields, type Limits } from './limits.js'
import { faultOfEscaping, validationScheme, type ValidationScheme } from './name-schemes.js'
import { faultOfProtocols, scrapeProtocols } from './scrape-protocols.js'

/** The `global` section, defaults filled in. Durations are milliseconds. */
export interface GlobalConfig extends Limits {
  readonly scrape_interval: number
  readonly scrape_timeout: number
  readonly scrape_protocols: readonly string[] | undefined
  readonly evaluation_interval: number
  readonly rule_query_offset: number
  readonly query_log_file: string
  readonly scrape_failure_log_file: string
  readonly external_labels: Labels
  readonly keep_dropped_targets: number
  readonly metric_name_validation_scheme: ValidationScheme
  readonly metric_name_escaping_scheme: string
  readonly scrape_native_histograms: boolean | undefined
  readonly convert_classic_histograms_to_nhcb: boolean
  readonly always_scrape_classic_histograms: boolean
  readonly extra_scrape_metrics: boolean
}

const minute = 60_000
const defaultTimeout = 10_000

function check(value: GlobalConfig, at: Decoding): void {
  if (value.scrape_timeout > (value.scrape_interval || minute)) {
    at.failKey('scrape_timeout', 'global scrape timeout greater than scrape interval')
  }
  if (value.scrape_protocols === undefined) return
  const fault = faultOfProtocols(value.scrape_protocols)
  if (fault !== undefined) at.failKey('scrape_protocols', `${fault} for global config`)
}

const section: StructType<GlobalConfig> = struct(
  'config.plain',
  {
    scrape_interval: field(duration),
    scrape_timeout: field(duration),
    scrape_protocols: field(optional(scrapeProtocols)),
    evaluation_interval: field(duration),
    rule_query_offset: field(duration),
    query_log_file: field(filePath),
    scrape_failure_log_file: field(filePath),
    external_labels: field(map(text)),
    ...limitFields,
    keep_dropped_targets: field(uint),
    metric_name_validation_scheme: field(validationScheme),
    metric_name_escaping_scheme: field(text),
    scrape_native_histograms: field(optional(bool)),
    convert_classic_histograms_to_nhcb: field(bool),
    always_scrape_classic_histograms: field(bool),
    extra_scrape_metrics: field(bool),
  },
  check,
)

function complete(value: GlobalConfig): GlobalConfig {
  const interval = value.scrape_interval || minute
  return {
    ...value,
    scrape_interval: interval,
    scrape_timeout: value.scrape_timeout || Math.min(defaultTimeout, interval),
    evaluation_interval: value.evaluation_interval || minute,
    metric_name_validation_scheme: value.metric_name_validation_scheme || 'utf8',
    scrape_native_histograms: value.scrape_native_histograms ?? false,
  }
}

/** What a file without a `global` section has. */
export function defaultGlobal(): GlobalConfig {
  return { ...complete(section.zero()), metric_name_escaping_scheme: 'allow-utf-8' }
}

/** What jobs are checked against while the `global` section has faults: nothing is too long for it. */
export function lenientGlobal(): GlobalConfig {
  return { ...defaultGlobal(), scrape_interval: Number.MAX_SAFE_INTEGER }
}

/** Checks what matters once there are jobs. */
export function checkEscaping(global: GlobalConfig, issues: ConfigIssues): void {
  const fault = faultOfEscaping('global', global.metric_name_escaping_scheme)
  if (fault !== undefined) issues.add(global, 'metric_name_escaping_scheme', fault)
}

/** The `global` section; an empty one has the defaults, as in Prometheus. */
export const globalSection: Type<GlobalConfig> = {
  ...completed(section, complete),
  zero: defaultGlobal,
}
