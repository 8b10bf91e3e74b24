import { describe, expect, it } from 'vitest'
import { type Logger, type LogFields, silentLogger } from '../../src/telemetry/index.js'
import { useLoading } from './loading.js'

const { folder, load } = useLoading()

describe('a good config', () => {
  it('has the defaults when the file is empty', async () => {
    const config = await load('')
    expect(config.global).toMatchObject({
      scrape_interval: 60_000,
      scrape_timeout: 10_000,
      evaluation_interval: 60_000,
      external_labels: {},
      metric_name_validation_scheme: 'utf8',
      metric_name_escaping_scheme: 'allow-utf-8',
    })
    expect(config.jobs).toEqual([])
    expect(config.runtime.gogc).toBe(75)
    expect(config.ignored).toEqual([])
  })

  it.each(['global:\n', 'global: {}\n', 'global: ~\n# nothing\n'])(
    'has the defaults when global is %j',
    async (yaml) => {
      expect((await load(yaml)).global.scrape_interval).toBe(60_000)
    },
  )

  it.each([
    { name: 'its own interval', job: 'scrape_interval: 5s', interval: 5000, timeout: 5000 },
    { name: 'the global interval', job: '', interval: 30_000, timeout: 20_000 },
    { name: 'its own timeout', job: 'scrape_timeout: 1s', interval: 30_000, timeout: 1000 },
  ])('a job has $name', async ({ job, interval, timeout }) => {
    const yaml = `global: {scrape_interval: 30s, scrape_timeout: 20s}\nscrape_configs:\n- job_name: a\n  ${job}\n`
    const [first] = (await load(yaml)).jobs
    expect(first).toMatchObject({ scrape_interval: interval, scrape_timeout: timeout })
  })

  it('gives jobs every limit and switch of global, and a job cannot lift a limit', async () => {
    const config = await load(`
global:
  sample_limit: 1
  target_limit: 2
  label_limit: 3
  label_name_length_limit: 4
  label_value_length_limit: 5
  body_size_limit: 1MB
  keep_dropped_targets: 6
  scrape_failure_log_file: x.log
  scrape_native_histograms: true
  always_scrape_classic_histograms: true
  extra_scrape_metrics: true
scrape_configs:
- job_name: a
- job_name: b
  sample_limit: 0
  target_limit: 20
  scrape_native_histograms: false
  extra_scrape_metrics: false
`)
    const [a, b] = config.jobs
    const inherited = {
      label_limit: 3,
      label_name_length_limit: 4,
      label_value_length_limit: 5,
      body_size_limit: 1024 * 1024,
      keep_dropped_targets: 6,
      scrape_failure_log_file: folder.path('x.log'),
      always_scrape_classic_histograms: true,
      convert_classic_histograms_to_nhcb: false,
      sample_limit: 1,
    }
    expect(a).toMatchObject({ ...inherited, target_limit: 2, extra_scrape_metrics: true })
    expect(a?.scrape_protocols[0]).toBe('PrometheusProto')
    expect(b).toMatchObject({ ...inherited, target_limit: 20, extra_scrape_metrics: false })
    expect(b?.scrape_protocols).not.toContain('PrometheusProto')
  })

  it.each([
    { global: '', job: '', scheme: 'utf8', escaping: 'allow-utf-8' },
    { global: 'legacy', job: '', scheme: 'legacy', escaping: 'underscores' },
    { global: '', job: 'legacy', scheme: 'legacy', escaping: 'underscores' },
    { global: 'legacy', job: 'utf8', scheme: 'utf8', escaping: 'allow-utf-8' },
  ])(
    'names are $scheme with global "$global" and job "$job"',
    async ({ global, job, scheme, escaping }) => {
      const yaml = `global: {metric_name_validation_scheme: "${global}"}\nscrape_configs:\n- {job_name: a, metric_name_validation_scheme: "${job}"}\n`
      const [first] = (await load(yaml)).jobs
      expect(first?.metric_name_validation_scheme).toBe(scheme)
      expect(first?.metric_name_escaping_scheme).toBe(escaping)
    },
  )

  it('orders the discovery of a job by key, static configs last and as one', async () => {
    const config = await load(`
scrape_configs:
- job_name: a
  static_configs: [{targets: [x]}, {targets: [y]}]
  triton_sd_configs: [{account: a, dns_suffix: b, endpoint: c}]
  consul_sd_configs: [{}, {server: other:8500}]
`)
    const discovery = config.jobs[0]?.discovery ?? []
    expect(discovery.map(({ mechanism }) => mechanism.name)).toEqual([
      'consul',
      'consul',
      'triton',
      'static',
    ])
    expect(discovery[3]?.config).toMatchObject([
      { targets: [{ __address__: 'x' }] },
      { targets: [{ __address__: 'y' }] },
    ])
  })

  it('takes file names from the folder of the config file, absolute ones as they are', async () => {
    const config = await load(`
global: {query_log_file: q.log}
rule_files: [rules/*.yml, /etc/r.yml]
scrape_configs:
- job_name: a
  basic_auth: {username: x, password_file: secret/pw}
  tls_config: {ca_file: /ca.pem, cert_file: ../c.pem, key_file: k.pem}
  file_sd_configs: [{files: [targets/*.json]}]
`)
    expect(config.global.query_log_file).toBe(folder.path('q.log'))
    expect(config.rule_files).toEqual([folder.path('rules/*.yml'), '/etc/r.yml'])
    const [job] = config.jobs
    expect(job?.http.basic_auth?.password_file).toBe(folder.path('secret/pw'))
    expect(job?.http.tls_config).toMatchObject({
      ca_file: '/ca.pem',
      cert_file: folder.path('../c.pem'),
    })
    expect(job?.discovery[0]?.config).toMatchObject({ files: [folder.path('targets/*.json')] })
  })

  it('names the sections that muster does not act on', async () => {
    const config = await load(`
rule_files: [a.yml]
storage: {tsdb: {out_of_order_time_window: 1h}}
tracing: {endpoint: x}
remote_write: [{url: "http://x"}]
remote_read: [{url: "http://x"}]
otlp: {keep_identifying_resource_attributes: true}
runtime: {gogc: 50}
`)
    expect(config.ignored).toEqual([
      'rule_files',
      'remote_write',
      'remote_read',
      'tracing',
      'storage',
      'otlp',
      'runtime',
    ])
  })
})

describe('external labels', () => {
  const yaml =
    'global:\n  external_labels: {bar: foo, foo: "${TEST}", baz: "foo${TEST}bar", qux: "foo$${TEST}", xyz: "foo$$bar"}\n'

  it.each([
    {
      env: { TEST: 'TestValue' },
      labels: {
        bar: 'foo',
        foo: 'TestValue',
        baz: 'fooTestValuebar',
        qux: 'foo${TEST}',
        xyz: 'foo$bar',
      },
      missing: [],
    },
    {
      env: { TEST: '' },
      labels: { bar: 'foo', foo: '', baz: 'foobar', qux: 'foo${TEST}', xyz: 'foo$bar' },
      missing: ['TEST', 'TEST'],
    },
  ])('take variables from $env', async ({ env, labels, missing }) => {
    const warned: (LogFields | undefined)[] = []
    const logger: Logger = { ...silentLogger, warn: (_, fields) => warned.push(fields) }
    const config = await load(yaml, { env, logger })
    expect(config.global.external_labels).toEqual(labels)
    expect(warned).toEqual(missing.map((name) => ({ name })))
  })
})

describe('what is null in the file', () => {
  it('is zero, even where the default is another', async () => {
    const config = await load(
      'scrape_configs:\n- job_name: a\n  metrics_path:\n  honor_timestamps: ~\n  file_sd_configs: [{files: [a.json], refresh_interval: null}]\n',
    )
    expect(config.jobs[0]).toMatchObject({ metrics_path: '', honor_timestamps: false })
    expect(config.jobs[0]?.discovery[0]?.config).toMatchObject({ refresh_interval: 0 })
  })
})
