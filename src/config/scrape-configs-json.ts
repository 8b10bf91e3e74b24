import { defaultRule } from '../relabel/index.js'
import type { Steps } from '../waiting/turns.js'
import type { Plain, SecretsAs } from '../yaml/index.js'
import type { ScrapeConfig } from './sections/scrape-config.js'
import { scrapeSection } from './sections/scrape-section.js'
import { defaultScrapeProtocols } from './sections/scrape-protocols.js'

type PlainMap = Readonly<Record<string, Plain>>

/** What Prometheus takes where a job leaves the key out, and `global` too. */
const jobDefaults: PlainMap = {
  honor_timestamps: true,
  track_timestamps_staleness: false,
  scrape_protocols: defaultScrapeProtocols,
  scrape_native_histograms: false,
  always_scrape_classic_histograms: false,
  convert_classic_histograms_to_nhcb: false,
  metrics_path: '/metrics',
  scheme: 'http',
  enable_compression: true,
  metric_name_validation_scheme: 'utf8',
  metric_name_escaping_scheme: 'allow-utf-8',
  extra_scrape_metrics: false,
  follow_redirects: true,
  enable_http2: true,
}

const ruleDefaults: PlainMap = {
  separator: defaultRule.separator,
  regex: '(.*)',
  replacement: defaultRule.replacement,
  action: 'replace',
}

/** The jobs for a consumer that scrapes their targets itself, as JSON objects of sections by the names of the jobs. */
export interface ScrapeConfigsText {
  /** Secrets hidden. */
  readonly hidden: string
  /** Secrets as they are. */
  readonly revealed: string
  /** The jobs that have secrets. */
  readonly secretJobs: readonly string[]
}

/**
 * Jobs as OpenTelemetry's Target Allocator gives them at `/scrape_configs`: JSON, which is YAML too. In steps, since
 * thousands of jobs take a second.
 *
 * It has only what differs from Prometheus' defaults, and always interval and timeout: a consumer
 * has a `global` section of its own. So an older Prometheus reads it as well, which knows fewer keys. It has no
 * discovery: the consumer puts its own `http_sd_configs` in its place. A rule with `keepequal` or `dropequal` has
 * no `regex`, which Prometheus refuses there (prometheus/prometheus#12534).
 */
export function* scrapeConfigsText(jobs: readonly ScrapeConfig[]): Steps<ScrapeConfigsText> {
  const section = scrapeSection([])
  const hidden: string[] = []
  const revealed: string[] = []
  const secretJobs: string[] = []
  for (const job of jobs) {
    const entry = (secrets: SecretsAs): string => {
      const plain = section.encode({ ...job, discovery: [] }, secrets) as PlainMap
      return `${jsonText(job.job_name)}:${json(withoutDefaults(plain))}`
    }
    const [shown, whole] = [entry('hidden'), entry('revealed')]
    hidden.push(shown)
    revealed.push(whole)
    if (shown !== whole) secretJobs.push(job.job_name)
    yield
  }
  return { hidden: `{${hidden.join(',')}}`, revealed: `{${revealed.join(',')}}`, secretJobs }
}

function withoutDefaults(job: PlainMap): PlainMap {
  // Native histograms make another list of protocols the default.
  const keepsProtocols = job['scrape_native_histograms'] === true
  const entries = Object.entries(job).filter(([key, value]) => {
    return (keepsProtocols && key === 'scrape_protocols') || !isSame(value, jobDefaults[key])
  })
  return Object.fromEntries(
    entries.map(([key, value]) =>
      key === 'relabel_configs' || key === 'metric_relabel_configs'
        ? [key, (value as readonly PlainMap[]).map(ruleWithoutDefaults)]
        : [key, value],
    ),
  )
}

function ruleWithoutDefaults(rule: PlainMap): PlainMap {
  const entries = Object.entries(rule)
    // An empty regex prints as null, which some readers take for one that is left out.
    .map(([key, value]) => [key, value ?? ''] as const)
    .filter(([key, value]) => !isSame(value, ruleDefaults[key]))
  return Object.fromEntries(entries)
}

function isSame(value: Plain, initial: Plain | undefined): boolean {
  return initial !== undefined && json(value) === json(initial)
}

/** JSON with whole numbers of any size, and with what YAML does not take in a text escaped. */
function json(value: Plain): string {
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'string') return jsonText(value)
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  if (Array.isArray(value)) return `[${(value as readonly Plain[]).map(json).join(',')}]`
  const entries = Object.entries(value as PlainMap)
  return `{${entries.map(([key, inner]) => `${jsonText(key)}:${json(inner)}`).join(',')}}`
}

// Line ends of YAML 1.1, its byte order mark, and what is not printable to it.
const unprintable = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g

function jsonText(text: string): string {
  return JSON.stringify(text).replace(unprintable, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
