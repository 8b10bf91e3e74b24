import { describe, expect, it } from 'vitest'
import { ConfigReadError, loadConfig } from '../../src/config/index.js'
import { errorText } from '../../src/telemetry/error-text.js'
import { ConfigError } from '../../src/yaml/index.js'
import { useLoading } from './loading.js'

const { folder, load, faultsOf } = useLoading()

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
      'p.yml:13:3: scrape_configs[2]: job_name is empty',
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

  it('is told what keys say together though other keys are wrong, but not where one of them is', async () => {
    expect(
      await faultsOf(`
scrape_configs:
- job_name: ''
  metrics_path: [x]
  scrape_timeout: 2m
  scrape_protocols: [x]
  basic_auth: {username: a}
  bearer_token: b
  static_configs: [{targets: ['http://a']}]
- job_nam: b
  scrape_timeout: 2m
  scrape_interval: often
  static_configs: [{targets: ['http://a']}]
  relabel_configs: x
alerting:
  alertmanagers:
  - timeout: soon
    basic_auth: {username: a}
    sigv4: {}
remote_write:
- remote_timeout: soon
  basic_auth: {username: a}
  sigv4: {}
`),
    ).toEqual([
      'p.yml:3:3: scrape_configs[0].job_name: job_name is empty',
      'p.yml:4:17: scrape_configs[0].metrics_path: cannot unmarshal !!seq into string',
      'p.yml:5:3: scrape_configs[0].scrape_timeout: scrape timeout greater than scrape interval for scrape config with job name ""',
      expect.stringContaining(
        'p.yml:6:3: scrape_configs[0].scrape_protocols: scrape_protocols: unknown scrape protocol x',
      ),
      'p.yml:8:3: scrape_configs[0].bearer_token: at most one of basic_auth, oauth2, bearer_token & bearer_token_file must be configured',
      'p.yml:9:21: scrape_configs[0].static_configs[0].targets: "http://a" is not a valid hostname',
      'p.yml:10:3: scrape_configs[1].job_nam: field job_nam not found in type config.ScrapeConfig (did you mean "job_name"?)',
      'p.yml:12:20: scrape_configs[1].scrape_interval: not a valid duration string: "often"',
      expect.stringContaining('p.yml:14:20: scrape_configs[1].relabel_configs: cannot unmarshal'),
      'p.yml:17:14: alerting.alertmanagers[0].timeout: not a valid duration string: "soon"',
      'p.yml:19:5: alerting.alertmanagers[0].sigv4: at most one of basic_auth, authorization, oauth2, & sigv4 must be configured',
      'p.yml:21:3: remote_write[0]: url for remote_write is empty',
      expect.stringContaining('p.yml:21:3: remote_write[0]: at most one of basic_auth'),
      'p.yml:21:19: remote_write[0].remote_timeout: not a valid duration string: "soon"',
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

  it('that is a device without an end is not read', async () => {
    await expect(loadConfig('/dev/zero', { mechanisms: [] })).rejects.toThrow(
      'read /dev/zero: not a regular file but a device',
    )
  })

  it('that is no UTF-8 is refused', async () => {
    const file = await folder.write('p.yml', Buffer.from([0xff]))
    await expect(loadConfig(file, { mechanisms: [] })).rejects.toThrow(/UTF-8/)
  })
})
