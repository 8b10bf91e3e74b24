import { describe, expect, it } from 'vitest'
import {
  type Config,
  ConfigReadError,
  ignoredSections,
  loadConfig,
  type LoadOptions,
} from '../../src/config/index.js'
import { errorText } from '../../src/telemetry/error-text.js'
import type { Logger, LogFields } from '../../src/telemetry/index.js'
import { silentLogger } from '../../src/telemetry/index.js'
import { ConfigError, formatIssue } from '../../src/yaml/index.js'
import { useFolder } from './folder.js'
import { allMechanisms } from './mechanisms.js'

const folder = useFolder()

async function load(yaml: string, options: Partial<LoadOptions> = {}): Promise<Config> {
  const file = await folder.write('p.yml', yaml)
  return loadConfig(file, { mechanisms: allMechanisms(), ...options })
}

async function faultsOf(yaml: string, options: Partial<LoadOptions> = {}): Promise<string[]> {
  const error: unknown = await load(yaml, options).catch((reason: unknown) => reason)
  if (!(error instanceof ConfigError)) throw new Error('the config is taken as good')
  return error.issues.map((issue) =>
    formatIssue(issue).replaceAll(folder.path('x').slice(0, -1), ''),
  )
}

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
    expect(ignoredSections(config)).toEqual([])
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
    expect(ignoredSections(config)).toEqual([
      'rule_files',
      'remote_write',
      'remote_read',
      'tracing',
      'storage',
      'otlp',
      'runtime',
    ])
  })

  it('knows a mechanism that cannot run, which fails as it is created', async () => {
    const config = await load(
      'scrape_configs:\n- job_name: a\n  kubernetes_sd_configs: [{role: pod}]\n',
    )
    const [found] = config.jobs[0]?.discovery ?? []
    expect(() => found?.mechanism.create(found.config, {} as never)).toThrow(
      /^kubernetes_sd_configs: muster does not run this mechanism yet/,
    )
  })

  it('knows all 37 mechanisms', () => {
    expect(allMechanisms()).toHaveLength(37)
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

describe('included files', () => {
  it('add their jobs, with the global of the main file and paths of their own folder', async () => {
    await folder.write('more/b.yml', 'scrape_configs:\n- job_name: b\n')
    await folder.write(
      'more/a.yml',
      'scrape_configs:\n- job_name: a\n  file_sd_configs: [{files: [t.json]}]\n',
    )
    const config = await load(
      'global: {scrape_interval: 5s}\nscrape_config_files: [more/*.yml, none/*.yml]\nscrape_configs: [{job_name: m}]\n',
    )
    expect(config.jobs.map(({ job_name }) => job_name)).toEqual(['m', 'a', 'b'])
    expect(config.scrape_configs.map(({ job_name }) => job_name)).toEqual(['m'])
    expect(config.jobs[1]).toMatchObject({ scrape_interval: 5000 })
    expect(config.jobs[1]?.discovery[0]?.config).toMatchObject({
      files: [folder.path('more/t.json')],
    })
  })

  it('are checked as the main file is, and errors name them', async () => {
    await folder.write('more/a.yml', 'scrape_configs:\n- job_name: a\n  scrape_timeout: 2m\n')
    await folder.write('more/b.yml', 'global: {}\nscrape_configs: [{job_name: m}]\n')
    await folder.write('more/c.yml', 'scrape_configs: [{job_name: a}]\n')
    await folder.write('more/d.yml', 'scrape_configs: [')
    const yaml = 'scrape_config_files: [more/*.yml]\nscrape_configs: [{job_name: m}]\n'
    expect(await faultsOf(yaml)).toEqual([
      'more/a.yml:3:3: scrape_configs[0].scrape_timeout: scrape timeout greater than scrape interval for scrape config with job name "a"',
      'more/b.yml:1:1: global: field global not found in type config.ScrapeConfigs',
      'more/b.yml:2:19: scrape_configs[0].job_name: found multiple scrape configs with job name "m", first found in main config file (at p.yml:2:19)',
      `more/c.yml:1:19: scrape_configs[0].job_name: found multiple scrape configs with job name "a", first found in "more/a.yml" (at more/a.yml:2:3)`,
      expect.stringMatching(/^more\/d\.yml:1:18: yaml: /),
    ])
    await expect(load(yaml)).rejects.toThrow(
      `"${folder.path('more/a.yml')}": scrape timeout greater than scrape interval`,
    )
  })

  it('that cannot be read are errors at the pattern', async () => {
    await folder.write('more/a.yml/x', '')
    expect(await faultsOf('scrape_config_files:\n- more/*.yml\n')).toEqual([
      'p.yml:2:3: scrape_config_files[0]: read more/a.yml: is a directory',
    ])
  })
})

describe('a bad config', () => {
  it('is told everything that is wrong, in order, with what was meant', async () => {
    expect(
      await faultsOf(`
global:
  scrape_intervall: 5s
  evaluation_interval: 1 m
scrape_configs:
- job_name: a
  scrape_timeout: 2m
  relabel_configs:
  - {action: keep, regex: '('}
- job_name: a
  metrics_path: [x]
  consul_sd_config: []
- static_configs: [{targets: [a], lables: {}}]
remote_write:
- {}
rule_files: [a/*/b]
`),
    ).toEqual([
      'p.yml:3:3: global.scrape_intervall: field scrape_intervall not found in type config.plain (did you mean "scrape_interval"?)',
      'p.yml:4:24: global.evaluation_interval: unknown unit " m" in duration "1 m"',
      'p.yml:9:27: scrape_configs[0].relabel_configs[0].regex: error parsing regexp: missing closing ): `^(?s:()$`',
      'p.yml:10:3: scrape_configs[1].job_name: found multiple scrape configs with job name "a" (the first one is at p.yml:6:3)',
      'p.yml:11:17: scrape_configs[1].metrics_path: cannot unmarshal !!seq into string',
      'p.yml:12:3: scrape_configs[1].consul_sd_config: field consul_sd_config not found in type config.ScrapeConfig (did you mean "consul_sd_configs"?)',
      'p.yml:13:35: scrape_configs[2].static_configs[0].lables: field lables not found in type struct { Targets []string "yaml:\\"targets\\""; Labels model.LabelSet "yaml:\\"labels\\"" } (did you mean "labels"?)',
      'p.yml:15:3: remote_write[0]: url for remote_write is empty',
      'p.yml:16:14: rule_files[0]: invalid rule file path "a/*/b"',
    ])
  })

  it('is told what is wrong with each rule of a job, and which action was meant', async () => {
    expect(
      await faultsOf(`
scrape_configs:
- job_name: a
  relabel_configs:
  - {action: kepp, source_labels: [x]}
  - {action: hashmod, source_labels: [x], target_label: y}
  -
  - {action: lowercase, source_labels: [x]}
  scrape_interval: often
`),
    ).toEqual([
      'p.yml:5:14: scrape_configs[0].relabel_configs[0].action: unknown relabel action "kepp" (did you mean "keep"?)',
      'p.yml:6:5: scrape_configs[0].relabel_configs[1]: relabel configuration for hashmod requires non-zero modulus',
      'p.yml:7:3: scrape_configs[0].relabel_configs[2]: empty or null target relabeling rule in scrape config',
      "p.yml:8:5: scrape_configs[0].relabel_configs[3]: relabel configuration for lowercase action requires 'target_label' value",
      'p.yml:9:20: scrape_configs[0].scrape_interval: not a valid duration string: "often"',
    ])
  })

  it('is summed up first in the words of Prometheus', async () => {
    const file = folder.path('p.yml')
    await expect(load('scrape_configs: [{}]\n')).rejects.toThrow(
      `parsing YAML file ${file}: job_name is empty\n  ${file}:1:18: scrape_configs[0]: job_name is empty`,
    )
    await expect(load('foo: 1\n')).rejects.toThrow(
      new RegExp(
        `^parsing YAML file ${file}: yaml: unmarshal errors:\n {2}${file}:1:1: foo: field`,
      ),
    )
  })

  it('does not blame a job for a fault of global', async () => {
    expect(
      await faultsOf(
        'global: {scrape_interval: 5}\nscrape_configs: [{job_name: a, scrape_timeout: 2m}]',
      ),
    ).toHaveLength(1)
  })

  it('never shows a secret', async () => {
    const error: unknown = await load(
      'scrape_configs:\n- job_name: a\n  basic_auth: {username: x, password: hunter2}\n  bearer_token: hunter2\n  authorization: {credentials: hunter2}\n',
    ).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ConfigError)
    expect(errorText(error)).not.toContain('hunter2')
  })

  it('never shows a secret that stands near a fault of the syntax', async () => {
    const error: unknown = await load('a:\n  password: hunter2\n b: [\n').catch(
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(ConfigError)
    expect(errorText(error)).toMatch(/yaml: /)
    expect(errorText(error)).not.toContain('hunter2')
  })

  it.each([
    { yaml: 'alerting: {alertmanagers: [{}]}', key: 'alerting' },
    { yaml: 'alerting: {alert_relabel_configs: [{target_label: a}]}', key: 'alerting' },
    { yaml: 'rule_files: [a.yml]', key: 'rule_files' },
    { yaml: 'remote_read: [{url: "http://x"}]', key: 'remote_read' },
  ])('$yaml is refused in agent mode only', async ({ yaml, key }) => {
    await load(yaml)
    expect(await faultsOf(yaml, { agent: true })).toEqual([
      `p.yml:1:1: ${key}: field ${key} is not allowed in agent mode`,
    ])
  })

  it('that is missing is refused in the words of Go', async () => {
    const file = folder.path('none.yml')
    const loading = loadConfig(file, { mechanisms: [] })
    await expect(loading).rejects.toThrow(`open ${file}: no such file or directory`)
    await expect(loading).rejects.toBeInstanceOf(ConfigReadError)
    await expect(loading).rejects.toMatchObject({ code: 'ERR_CONFIG_READ', file })
  })

  it('of more than 64 MiB is not read to its end', async () => {
    await expect(loadConfig('/dev/zero', { mechanisms: [] })).rejects.toThrow(
      'read /dev/zero: a config file may have at most 64 MiB',
    )
  })

  it('that is no UTF-8 is refused', async () => {
    const file = await folder.write('p.yml', Buffer.from([0xff]))
    await expect(loadConfig(file, { mechanisms: [] })).rejects.toThrow(/UTF-8/)
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
