import type { GlobalConfig } from './global.js'
import type { ConfigIssues } from '../config-issues.js'
import { goQuote } from '../../go/quote.js'
import { inheritLimits } from './limits.js'
import {
  escapingFor,
  type EscapingScheme,
  faultOfEscaping,
  type ValidationScheme,
} from './name-schemes.js'
import {
  defaultScrapeProtocols,
  faultOfProtocol,
  faultOfProtocols,
  protoFirstScrapeProtocols,
} from './scrape-protocols.js'
import { checkRules } from './relabel-rules.js'
import type { Place } from '../../yaml/index.js'
import type { ScrapeSection } from './scrape-section.js'

/** One job: its section with everything it inherits from `global` filled in. */
export interface ScrapeConfig extends ScrapeSection {
  readonly scrape_protocols: readonly string[]
  readonly scrape_native_histograms: boolean
  readonly always_scrape_classic_histograms: boolean
  readonly convert_classic_histograms_to_nhcb: boolean
  readonly metric_name_validation_scheme: Exclude<ValidationScheme, ''>
  readonly metric_name_escaping_scheme: Exclude<EscapingScheme, ''>
  readonly extra_scrape_metrics: boolean
  /** The place of each of `relabel_configs`, to show which rule dropped a target. */
  readonly rule_places: readonly Place[]
  /** The place of each of `metric_relabel_configs`. */
  readonly metric_rule_places: readonly Place[]
}

/** A job before it is known where its rules stand. */
export type UnplacedConfig = Omit<ScrapeConfig, 'rule_places' | 'metric_rule_places'>

/** A job with what it leaves out taken from `global`: an absent value and a zero are the same. */
export function inheritGlobal(job: ScrapeSection, global: GlobalConfig): UnplacedConfig {
  const interval = job.scrape_interval || global.scrape_interval
  const histograms = job.scrape_native_histograms ?? global.scrape_native_histograms ?? false
  const scheme = job.metric_name_validation_scheme || global.metric_name_validation_scheme || 'utf8'
  // A scheme of the job's own brings its own escaping; else `global` has the say, then the scheme.
  const inherited = job.metric_name_validation_scheme === '' && global.metric_name_escaping_scheme
  const escaping = job.metric_name_escaping_scheme || inherited || escapingFor(scheme)
  return {
    ...job,
    ...inheritLimits(job, global),
    scrape_interval: interval,
    scrape_timeout: job.scrape_timeout || Math.min(global.scrape_timeout, interval),
    keep_dropped_targets: job.keep_dropped_targets || global.keep_dropped_targets,
    scrape_failure_log_file: job.scrape_failure_log_file || global.scrape_failure_log_file,
    scrape_native_histograms: histograms,
    extra_scrape_metrics: job.extra_scrape_metrics ?? global.extra_scrape_metrics,
    scrape_protocols:
      job.scrape_protocols ??
      global.scrape_protocols ??
      (histograms ? protoFirstScrapeProtocols : defaultScrapeProtocols),
    metric_name_validation_scheme: scheme,
    metric_name_escaping_scheme: escaping as Exclude<EscapingScheme, ''>,
    convert_classic_histograms_to_nhcb:
      job.convert_classic_histograms_to_nhcb ?? global.convert_classic_histograms_to_nhcb,
    always_scrape_classic_histograms:
      job.always_scrape_classic_histograms ?? global.always_scrape_classic_histograms,
  }
}

/**
 * Checks a job against what it inherited, as far as its keys were read without a fault. `section` is
 * the same job as read, whose places are known.
 */
export function checkScrapeConfig(
  job: UnplacedConfig,
  section: ScrapeSection,
  issues: ConfigIssues,
): void {
  const named = `for scrape config with job name ${goQuote(job.job_name)}`
  const add = (key: keyof ScrapeSection, message: string | undefined): void => {
    if (message !== undefined) issues.add(section, key, message)
  }
  const isSound: (...keys: readonly (keyof ScrapeSection)[]) => boolean =
    issues.soundKeysOf(section)
  if (job.scrape_timeout > job.scrape_interval && isSound('scrape_timeout', 'scrape_interval')) {
    add('scrape_timeout', `scrape timeout greater than scrape interval ${named}`)
  }
  // What is inherited was checked there.
  const protocols = section.scrape_protocols && faultOfProtocols(section.scrape_protocols)
  if (protocols !== undefined && isSound('scrape_protocols')) {
    add('scrape_protocols', `${protocols} ${named}`)
  }
  if (job.fallback_scrape_protocol !== '' && isSound('fallback_scrape_protocol')) {
    const fault = faultOfProtocol(job.fallback_scrape_protocol)
    if (fault !== undefined) {
      add('fallback_scrape_protocol', `invalid fallback_scrape_protocol ${named}: ${fault}`)
    }
  }
  if (isSound('metric_name_escaping_scheme', 'metric_name_validation_scheme')) checkNames(job, add)
}

/** Checks the rules of a job; those that were read with a fault are left alone. */
export function checkRulesOf(
  job: UnplacedConfig,
  section: ScrapeSection,
  issues: ConfigIssues,
): void {
  const rules = [...section.relabel_configs, ...section.metric_relabel_configs]
  checkRules(rules, job.metric_name_validation_scheme, issues)
}

function checkNames(
  job: UnplacedConfig,
  add: (key: keyof ScrapeSection, message: string | undefined) => void,
): void {
  const { metric_name_escaping_scheme: escaping, metric_name_validation_scheme: scheme } = job
  const fault = faultOfEscaping('scrape config', escaping)
  if (fault === undefined && escaping === 'allow-utf-8' && scheme !== 'utf8') {
    add(
      'metric_name_escaping_scheme',
      'utf8 metric names requested but validation scheme is not set to UTF8',
    )
  } else add('metric_name_escaping_scheme', fault)
}
