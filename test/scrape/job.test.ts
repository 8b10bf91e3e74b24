import { describe, expect, it } from 'vitest'
import type { ScrapeConfig } from '../../src/config/index.js'
import { sameTargets } from '../../src/scrape/index.js'
import { useLoading } from '../config/loading.js'
import { jobWith, rules } from './jobs.js'

const { load } = useLoading()

async function jobOf(lines: string, head = ''): Promise<ScrapeConfig> {
  const own = lines.split('\n').map((line) => `    ${line}`)
  const config = await load(`${head}\nscrape_configs:\n  - job_name: a\n${own.join('\n')}\n`)
  const [job] = config.jobs
  if (job === undefined) throw new Error('there is no job')
  return job
}

const place = { file: 'p.yml', line: 1, column: 1, path: '' }
const same = { isSame: true }
const other = { isSame: false }

/** For every key of a scrape config another value, and whether a job with it has the same targets. */
const keys: {
  readonly [K in keyof ScrapeConfig]: { readonly value: unknown; readonly isSame: boolean }
} = {
  job_name: { value: 'b', ...other },
  scrape_interval: { value: 61_000, ...other },
  scrape_timeout: { value: 9000, ...other },
  metrics_path: { value: '/other', ...other },
  scheme: { value: 'https', ...other },
  params: { value: { a: ['b'] }, ...other },
  relabel_configs: { value: rules({ action: 'drop' }), ...other },
  metric_name_validation_scheme: { value: 'legacy', ...other },
  scrape_native_histograms: { value: true, ...other },
  always_scrape_classic_histograms: { value: true, ...other },
  convert_classic_histograms_to_nhcb: { value: true, ...other },
  rule_places: { value: [place], ...same },
  metric_rule_places: { value: [place], ...same },
  discovery: { value: [{ mechanism: {}, config: {} }], ...same },
  target_limit: { value: 7, ...same },
  keep_dropped_targets: { value: 7, ...same },
  http: { value: {}, ...same },
  enable_compression: { value: false, ...same },
  scrape_protocols: { value: ['PrometheusProto'], ...same },
  fallback_scrape_protocol: { value: 'PrometheusText0.0.4', ...same },
  metric_name_escaping_scheme: { value: 'dots', ...same },
  honor_labels: { value: true, ...same },
  honor_timestamps: { value: false, ...same },
  track_timestamps_staleness: { value: true, ...same },
  metric_relabel_configs: { value: rules({ action: 'drop' }), ...same },
  body_size_limit: { value: 7, ...same },
  sample_limit: { value: 7, ...same },
  label_limit: { value: 7, ...same },
  label_name_length_limit: { value: 7, ...same },
  label_value_length_limit: { value: 7, ...same },
  native_histogram_bucket_limit: { value: 7, ...same },
  native_histogram_min_bucket_factor: { value: 7, ...same },
  extra_scrape_metrics: { value: true, ...same },
  scrape_failure_log_file: { value: '/log', ...same },
}

const withKey = (later: number) => ({ ...jobWith(), later })

describe('two versions of a job', () => {
  const table = Object.entries(keys).map(([key, { value, isSame }]) => {
    return { key, value, isSame, which: isSame ? 'the same' : 'other' }
  })
  it.each(table)('have $which targets with another $key', async ({ key, value, isSame }) => {
    const job = await jobOf('')
    const changed = { ...job, [key]: value }
    expect(changed).not.toEqual(job)
    expect(sameTargets(job, changed)).toBe(isSame)
  })

  it('are compared by every key that a scrape config has', async () => {
    const names = Object.keys(await jobOf(''))
    expect(Object.keys(keys)).toEqual(expect.arrayContaining(names))
    expect(names).toHaveLength(Object.keys(keys).length)
  })

  it('have other targets when a key differs that is not known here', () => {
    expect(sameTargets(withKey(1), jobWith())).toBe(false)
    expect(sameTargets(withKey(1), withKey(2))).toBe(false)
    expect(sameTargets(withKey(1), withKey(1))).toBe(true)
  })

  const drop = 'relabel_configs: [{source_labels: [x], regex: y, action: drop}]'
  const consul = 'consul_sd_configs: [{server: "c:8500", token: a}]'
  it.each([
    { title: 'the same text', before: drop, after: drop },
    { title: 'lines above', before: drop, after: `# one line more\n${drop}` },
    {
      title: 'another password for the scrape',
      before: 'basic_auth: {username: u, password: a}',
      after: 'basic_auth: {username: u, password: b}',
    },
    {
      title: 'another TLS setting',
      before: drop,
      after: `${drop}\ntls_config: {insecure_skip_verify: true}`,
    },
    { title: 'another token for discovery', before: consul, after: consul.replace(': a', ': b') },
    { title: 'another mechanism', before: consul, after: 'file_sd_configs: [{files: [f.json]}]' },
    {
      title: 'other targets of its own',
      before: '',
      after: 'static_configs: [{targets: ["a:1"]}]',
    },
    {
      title: 'other rules for metrics',
      before: '',
      after: 'metric_relabel_configs: [{regex: x, action: labeldrop}]',
    },
  ])('have the same targets with $title', async ({ before, after }) => {
    expect(sameTargets(await jobOf(before), await jobOf(after))).toBe(true)
  })

  it.each([
    { title: 'another rule', after: drop.replace('regex: y', 'regex: z') },
    { title: 'no rules', after: '' },
    { title: 'another interval of its own', after: `${drop}\nscrape_interval: 7s` },
    { title: 'another global interval', after: drop, head: 'global: {scrape_interval: 7s}' },
    { title: 'another parameter', after: `${drop}\nparams: {a: [b]}` },
  ])('have other targets with $title', async ({ after, head }) => {
    expect(sameTargets(await jobOf(drop), await jobOf(after, head))).toBe(false)
  })
})
