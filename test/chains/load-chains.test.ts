import { Registry } from 'prom-client'
import { describe, expect, it } from 'vitest'
import { chainMechanism, chainSets, loadChains } from '../../src/chains/index.js'
import type { Config } from '../../src/config/index.js'
import { fingerprint } from '../../src/discovery/index.js'
import { builtInMechanisms } from '../../src/mechanisms/index.js'
import { Turns } from '../../src/waiting/turns.js'
import { ConfigError, sameConfig } from '../../src/yaml/index.js'

const mechanisms = builtInMechanisms({ registry: new Registry(), env: {}, userAgent: 'test' })
const config = { jobs: [{ job_name: 'apps' }, { job_name: 'chain/taken' }] } as unknown as Config

const load = (text: string) =>
  loadChains('/etc/muster/chains.yml', config, {
    mechanisms,
    turns: new Turns(),
    readFile: async () => Buffer.from(text),
  })

const good = `
chains:
  - job: apps
    from:
      consul_sd_configs: [{server: 'localhost:8500', services: [api]}]
      relabel_configs: [{source_labels: [__meta_consul_dc], target_label: dc}]
    each:
      http_sd_configs:
        - url: 'http://{{__address__}}/sd'
          refresh_interval: 15s
          tls_config: {ca_file: 'ca/{{dc}}.pem'}
    labels: {dc: '{{dc}}'}
`

const chain = (more: string): string =>
  `chains: [{job: apps, from: {static_configs: [{targets: ['a:1']}]}, ${more}}]`
const each = (section: string): string => chain(`each: {${section}}`)

describe('a chains file', () => {
  it('is read with its defaults, and its template as it is written', async () => {
    const [chain] = await load(good)
    expect(chain?.config).toMatchObject({
      name: 'apps',
      job: 'apps',
      limit: 50,
      labels: { dc: '{{dc}}' },
      each: {
        plain: {
          http_sd_configs: [
            {
              url: 'http://{{__address__}}/sd',
              refresh_interval: '15s',
              tls_config: { ca_file: 'ca/{{dc}}.pem' },
            },
          ],
        },
      },
    })
    expect(chain?.source.map(({ mechanism }) => mechanism.name)).toEqual(['consul'])
  })

  it('that is read again gives the same chains, wherever they stand', async () => {
    const [once] = await load(good)
    const [again] = await load(`# A comment.\n${good}`)
    expect(sameConfig(once?.config, again?.config)).toBe(true)
    const mechanism = chainMechanism({ mechanisms })
    const keys = [once, again].map((chain) => {
      const found = chain && chainSets([chain], mechanism).get('apps')?.[0]
      return found && fingerprint(found)
    })
    expect(keys[0]).toBe(keys[1])
  })

  it('may be empty', async () => {
    expect(await load('')).toEqual([])
  })

  it.each([
    {
      what: 'an unknown key',
      text: chain('each: {}, limits: 2'),
      says: 'chains.yml:1:78: chains[0].limits: field limits not found in type chains.Chain (did you mean "limit"?)',
    },
    {
      what: 'no job',
      text: 'chains: [{from: {static_configs: [{targets: [a]}]}, each: {static_configs: [{targets: [a]}]}}]',
      says: 'job is empty: name the job that gets the targets',
    },
    {
      what: 'a job that is not there',
      text: good.replace('job: apps', 'job: app'),
      says: 'chains.yml:3:5: chains[0].job: no job of the config file is called "app"',
    },
    {
      what: 'two of one name',
      text: `${good}\n  - {job: apps, from: {static_configs: [{targets: [a]}]}, each: {static_configs: [{targets: [a]}]}}`,
      says: 'two chains are called "apps": give each a name of its own',
    },
    {
      what: 'a name whose set is a job',
      text: good.replace('job: apps', 'job: apps\n    name: taken'),
      says: 'a job is called "chain/taken"',
    },
    {
      what: 'no source',
      text: 'chains: [{job: apps, each: {static_configs: [{targets: [a]}]}}]',
      says: 'the source of a chain needs discovery, such as consul_sd_configs',
    },
    {
      what: 'no template',
      text: chain('limit: 3'),
      says: 'a chain needs each: the discovery for every target of its source',
    },
    {
      what: 'an empty template',
      text: chain('each: {}'),
      says: 'each needs discovery, such as http_sd_configs',
    },
    {
      what: 'a limit of 0',
      text: chain('limit: 0, each: {static_configs: [{targets: [a]}]}'),
      says: 'limit must be 1 or more',
    },
    {
      what: 'a mistake in the template',
      text: good.replace('url:', 'uri:'),
      says: 'chains.yml:9:11: chains[0].each.http_sd_configs[0].uri: field uri not found in type http.plain (did you mean "url"?)',
    },
    {
      what: 'a value that nothing can stand in for',
      text: each("http_sd_configs: [{url: 'ftp://{{x}}'}]"),
      says: 'URL scheme must be',
    },
    {
      what: 'a number that is a label',
      text: each("dns_sd_configs: [{names: [a], type: A, port: '{{x}}'}]"),
      says: 'cannot unmarshal !!str',
    },
    {
      what: 'one brace too many',
      text: good.replace('{{__address__}}', '{{ a b }}'),
      says: 'chains[0].each.http_sd_configs[0].url: "http://{{ a b }}/sd": write {{label}}, with the name of one label between the braces',
    },
    {
      what: 'braces in a carried label',
      text: good.replace("dc: '{{dc}}'", "dc: '{{dc'"),
      says: 'chains[0].labels.dc: "{{dc": write {{label}}',
    },
    {
      what: 'a rule that cannot be',
      text: good.replace('target_label: dc', 'action: replace'),
      says: "relabel configuration for replace action requires 'target_label' value",
    },
    {
      what: 'a secret',
      text: each(
        "http_sd_configs: [{url: 'http://{{x}}', basic_auth: {username: u, password: hunter2}}]",
      ),
      says: 'chains[0].each.http_sd_configs: password is a secret: a chain takes those from files, such as password_file',
    },
    {
      what: 'a URL with a password',
      text: each("http_sd_configs: [{url: 'http://u:hunter2@{{x}}'}]"),
      says: 'a URL with a password: write basic_auth with a password_file',
    },
  ])('with $what is refused with its place', async ({ text, says }) => {
    const error = await load(text).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ConfigError)
    expect(String(error)).toContain(says)
    expect(String(error)).not.toContain('hunter2')
  })

  it.each([
    { what: 'a URL that is one label', section: "http_sd_configs: [{url: '{{url}}'}]" },
    {
      what: 'a duration',
      section: "http_sd_configs: [{url: 'http://a', refresh_interval: '{{every}}'}]",
    },
    {
      what: 'a server of Kubernetes',
      section:
        "kubernetes_sd_configs: [{role: pod, api_server: 'https://{{__address__}}', authorization: {credentials_file: 'tokens/{{name}}'}}]",
    },
    {
      what: 'two mechanisms',
      section:
        "http_sd_configs: [{url: 'http://{{a}}'}], dns_sd_configs: [{names: ['{{b}}'], type: A, port: 80}]",
    },
    { what: 'no label at all', section: 'static_configs: [{targets: [a]}]' },
  ])('takes a template with $what', async ({ section }) => {
    expect(await load(each(section))).toHaveLength(1)
  })
})
