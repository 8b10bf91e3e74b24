import type { Mechanism } from '../../discovery/mechanism.js'
import { type HttpClientConfig, httpClientConfig } from '../../http/index.js'
import type { RelabelRule } from '../../relabel/index.js'
import {
  bool,
  checkedByKey,
  type Decoding,
  duration,
  type Field,
  field,
  filePath,
  float,
  inline,
  list,
  map,
  optional,
  text,
  type Type,
  uint,
} from '../../yaml/index.js'
import { type Discovering, withDiscovery } from './discovery.js'
import { limitFields, type Limits } from './limits.js'
import { validationScheme, type ValidationScheme } from './name-schemes.js'
import { relabelRules } from './relabel-rules.js'
import { scrapeProtocol, scrapeProtocols } from './scrape-protocols.js'
import { checkStaticAddresses } from './static-addresses.js'

/** An element of `scrape_configs` as it stands in the file; durations are milliseconds. */
export interface ScrapeSection extends Limits, Discovering {
  readonly job_name: string
  readonly honor_labels: boolean
  readonly honor_timestamps: boolean
  readonly track_timestamps_staleness: boolean
  readonly params: Readonly<Record<string, readonly string[]>>
  readonly scrape_interval: number
  readonly scrape_timeout: number
  readonly scrape_protocols: readonly string[] | undefined
  readonly fallback_scrape_protocol: string
  readonly scrape_native_histograms: boolean | undefined
  readonly always_scrape_classic_histograms: boolean | undefined
  readonly convert_classic_histograms_to_nhcb: boolean | undefined
  readonly scrape_failure_log_file: string
  readonly metrics_path: string
  readonly scheme: string
  readonly enable_compression: boolean
  readonly native_histogram_bucket_limit: number
  readonly native_histogram_min_bucket_factor: number
  readonly keep_dropped_targets: number
  readonly metric_name_validation_scheme: ValidationScheme
  readonly metric_name_escaping_scheme: string
  readonly extra_scrape_metrics: boolean | undefined
  readonly http: HttpClientConfig
  readonly relabel_configs: readonly RelabelRule[]
  readonly metric_relabel_configs: readonly RelabelRule[]
}

const printed = { always: true }

type OwnFields = { readonly [K in keyof Omit<ScrapeSection, 'discovery'>]: Field<ScrapeSection[K]> }

const fields: OwnFields = {
  job_name: field(text, '', printed),
  honor_labels: field(bool),
  honor_timestamps: field(bool, true, printed),
  track_timestamps_staleness: field(bool, false, printed),
  params: field(map(list(text))),
  scrape_interval: field(duration),
  scrape_timeout: field(duration),
  scrape_protocols: field(optional(scrapeProtocols)),
  fallback_scrape_protocol: field(scrapeProtocol),
  scrape_native_histograms: field(optional(bool)),
  always_scrape_classic_histograms: field(optional(bool)),
  convert_classic_histograms_to_nhcb: field(optional(bool)),
  scrape_failure_log_file: field(filePath),
  metrics_path: field(text, '/metrics'),
  scheme: field(text, 'http'),
  enable_compression: field(bool, true, printed),
  ...limitFields,
  native_histogram_bucket_limit: field(uint),
  native_histogram_min_bucket_factor: field(float),
  keep_dropped_targets: field(uint),
  metric_name_validation_scheme: field(validationScheme),
  metric_name_escaping_scheme: field(text),
  extra_scrape_metrics: field(optional(bool)),
  http: inline(httpClientConfig),
  relabel_configs: field(relabelRules('empty or null target relabeling rule in scrape config')),
  metric_relabel_configs: field(
    relabelRules('empty or null metric relabeling rule in scrape config'),
  ),
}

function check(
  value: ScrapeSection,
  at: Decoding,
  isSound: (...keys: readonly (keyof ScrapeSection | 'static_configs')[]) => boolean,
): void {
  if (value.job_name === '' && isSound('job_name')) at.failKey('job_name', 'job_name is empty')
  if (value.relabel_configs.length === 0 && isSound('relabel_configs', 'static_configs')) {
    checkStaticAddresses(value.discovery, at)
  }
}

/** The type of one element of `scrape_configs`. */
export function scrapeSection(mechanisms: readonly Mechanism[]): Type<ScrapeSection> {
  return checkedByKey(withDiscovery('config.ScrapeConfig', fields, mechanisms), check)
}
