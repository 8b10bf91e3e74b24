import { describe, expect, it } from 'vitest'
import { load } from 'js-yaml'
import {
  loadConfig,
  type ScrapeConfig,
  scrapeConfigsText,
  type ScrapeConfigsText,
} from '../../src/config/index.js'
import { useFolder } from './folder.js'
import { allMechanisms } from './mechanisms.js'

const folder = useFolder()

async function jobsOf(yaml: string) {
  const file = await folder.write('p.yml', yaml)
  return (await loadConfig(file, { mechanisms: allMechanisms() })).jobs
}

function textOf(jobs: readonly ScrapeConfig[]): ScrapeConfigsText {
  const steps = scrapeConfigsText(jobs)
  for (;;) {
    const { done, value } = steps.next()
    if (done === true) return value
  }
}

/** One job with these keys, as members get it. */
async function given(keys: string, global = ''): Promise<unknown> {
  const jobs = await jobsOf(`${global}\nscrape_configs:\n- job_name: j\n${keys}`)
  return (JSON.parse(textOf(jobs).hidden) as { j: unknown }).j
}

const always = { job_name: 'j', scrape_interval: '1m', scrape_timeout: '10s' }

describe('scrapeConfigsText', () => {
  it.each([
    ['a job that says nothing', '', always],
    [
      'defaults that are written down',
      `
  honor_timestamps: true
  scheme: http
  metrics_path: /metrics
  enable_compression: true
  follow_redirects: true
  scrape_protocols: [OpenMetricsText1.0.0, OpenMetricsText0.0.1, PrometheusText1.0.0, PrometheusText0.0.4]
  metric_name_validation_scheme: utf8
  metric_name_escaping_scheme: allow-utf-8
`,
      always,
    ],
    [
      'other values',
      `
  honor_labels: true
  honor_timestamps: false
  track_timestamps_staleness: true
  scheme: https
  metrics_path: /m
  enable_compression: false
  follow_redirects: false
  enable_http2: false
  body_size_limit: 10MB
  sample_limit: 5
  params: {a: [x, y]}
  metric_name_validation_scheme: legacy
`,
      {
        ...always,
        honor_labels: true,
        honor_timestamps: false,
        track_timestamps_staleness: true,
        scheme: 'https',
        metrics_path: '/m',
        enable_compression: false,
        follow_redirects: false,
        enable_http2: false,
        body_size_limit: '10MiB',
        sample_limit: 5,
        params: { a: ['x', 'y'] },
        metric_name_validation_scheme: 'legacy',
        metric_name_escaping_scheme: 'underscores',
      },
    ],
    [
      'native histograms, with the protocols that they change',
      '  scrape_native_histograms: true',
      {
        ...always,
        scrape_native_histograms: true,
        scrape_protocols: [
          'PrometheusProto',
          'OpenMetricsText1.0.0',
          'OpenMetricsText0.0.1',
          'PrometheusText1.0.0',
          'PrometheusText0.0.4',
        ],
      },
    ],
    [
      'native histograms over the usual protocols',
      '  scrape_native_histograms: true\n  scrape_protocols: [OpenMetricsText1.0.0, OpenMetricsText0.0.1, PrometheusText1.0.0, PrometheusText0.0.4]',
      {
        ...always,
        scrape_native_histograms: true,
        scrape_protocols: [
          'OpenMetricsText1.0.0',
          'OpenMetricsText0.0.1',
          'PrometheusText1.0.0',
          'PrometheusText0.0.4',
        ],
      },
    ],
    [
      'no discovery',
      '  static_configs: [{targets: ["127.0.0.1:1"]}]\n  dns_sd_configs: [{names: [a.test]}]',
      always,
    ],
    [
      'rules, without their defaults',
      `
  relabel_configs:
  - {source_labels: [a], target_label: b}
  - {source_labels: [a, c], separator: ';', regex: (.*), replacement: $1, action: replace, target_label: b}
  - {source_labels: [a], regex: '', replacement: '', target_label: d}
  - {source_labels: [a], regex: '1', separator: '', action: keep}
  - {source_labels: [a], action: keepequal, target_label: b}
  - {source_labels: [a], action: dropequal, target_label: b}
  metric_relabel_configs:
  - {source_labels: [__name__], modulus: 18446744073709551615, target_label: h, action: hashmod}
`,
      {
        ...always,
        relabel_configs: [
          { source_labels: ['a'], target_label: 'b' },
          { source_labels: ['a', 'c'], target_label: 'b' },
          { source_labels: ['a'], regex: '', target_label: 'd', replacement: '' },
          { source_labels: ['a'], separator: '', regex: '1', action: 'keep' },
          { source_labels: ['a'], target_label: 'b', action: 'keepequal' },
          { source_labels: ['a'], target_label: 'b', action: 'dropequal' },
        ],
        metric_relabel_configs: [
          // JavaScript reads the exact number as this one.
          {
            source_labels: ['__name__'],
            modulus: 18446744073709552000,
            target_label: 'h',
            action: 'hashmod',
          },
        ],
      },
    ],
  ])('gives %s', async (_title, keys, expected) => {
    expect(await given(keys)).toEqual(expected)
  })

  it('fills in what the job takes from `global`, which a member does not know', async () => {
    const global =
      'global: {scrape_interval: 7s, scrape_timeout: 3s, sample_limit: 9, scrape_protocols: [PrometheusText0.0.4]}'
    expect(await given('', global)).toEqual({
      job_name: 'j',
      scrape_interval: '7s',
      scrape_timeout: '3s',
      sample_limit: 9,
      scrape_protocols: ['PrometheusText0.0.4'],
    })
  })

  it('is YAML as well, whatever is in a text', async () => {
    const nasty = 'q"\\\u2028\u2029\u0085\u007f\ufeff<&>ü😀 $(X) : #'
    const written = JSON.stringify(nasty).replace(/[^\x20-\x7eü😀]/gu, (character) => {
      return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
    })
    const jobs = await jobsOf(`scrape_configs: [{job_name: ${written}, params: {__proto__: [x]}}]`)
    const text = textOf(jobs).hidden
    expect(text).toMatch(/^[\x20-\x7eü😀]+$/u)
    expect(JSON.parse(text)).toEqual(load(text))
    expect(Object.keys(JSON.parse(text) as object)).toEqual([nasty])
    expect(text).toContain('"params":{"__proto__":["x"]}')
  })

  it('writes a modulus of 64 bits exactly', async () => {
    const jobs = await jobsOf(
      'scrape_configs: [{job_name: j, relabel_configs: [{action: hashmod, target_label: a, modulus: 18446744073709551615}]}]',
    )
    expect(textOf(jobs).hidden).toContain('"modulus":18446744073709551615')
  })

  it.each([
    ['basic_auth', 'basic_auth: {username: u, password: hunter2}'],
    ['authorization', 'authorization: {credentials: hunter2}'],
    ['the old key of authorization', 'bearer_token: hunter2'],
    ['oauth2', 'oauth2: {client_id: i, client_secret: hunter2, token_url: "https://t/"}'],
    [
      'the URL of oauth2',
      'oauth2: {client_id: i, client_secret_file: /f, token_url: "https://u:hunter2@t/"}',
    ],
    [
      'the proxy of oauth2',
      'oauth2: {client_id: i, client_secret_file: /f, token_url: "https://t/", proxy_url: "http://u:hunter2@p"}',
    ],
    ['tls_config', 'tls_config: {cert: c, key: hunter2}'],
    ['headers', 'http_headers: {X: {secrets: [hunter2]}}'],
    ['proxy_url', 'proxy_url: "http://u:hunter2@p"'],
    ['proxy_connect_header', 'proxy_url: "http://p"\n  proxy_connect_header: {X: [hunter2]}'],
  ])('shows the secret of %s only where it may', async (_title, keys) => {
    const jobs = await jobsOf(`scrape_configs:\n- job_name: j\n  ${keys}`)
    expect(textOf(jobs).hidden).not.toContain('hunter2')
    expect(textOf(jobs).revealed).toContain('hunter2')
    expect(textOf(jobs).secretJobs).toEqual(['j'])
  })

  it('has no secrets where there are none', async () => {
    const jobs = await jobsOf(
      'scrape_configs: [{job_name: j, basic_auth: {username: u, password_file: f}, proxy_url: "http://p"}]',
    )
    expect(textOf(jobs).secretJobs).toEqual([])
  })
})
