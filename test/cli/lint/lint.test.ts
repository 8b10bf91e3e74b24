import { describe, expect, it } from 'vitest'
import { briefly, lintText } from './linting.js'

/** A job of Consul with these rules, a line each; the first one is in line 5. */
function consul(...rules: readonly string[]): string {
  return withRules('consul_sd_configs: [{server: "127.0.0.1:8500"}]', rules)
}

/** The same for a job whose targets may have any label. */
function files(...rules: readonly string[]): string {
  return withRules('file_sd_configs: [{files: [nodes.json]}]', rules)
}

function withRules(discovery: string, rules: readonly string[]): string {
  const lines = rules.map((rule) => `  - ${rule}\n`)
  return `scrape_configs:\n- job_name: a\n  ${discovery}\n  relabel_configs:\n${lines.join('')}`
}

/** Rules on samples; the first one is in line 5. */
function samples(...rules: readonly string[]): string {
  return files(...rules).replace('relabel_configs', 'metric_relabel_configs')
}

interface Case {
  readonly title: string
  readonly config: string
  /** `line:column code`; left out: nothing is found. */
  readonly found?: readonly string[]
}

const cases: Readonly<Record<string, readonly Case[]>> = {
  'M101, what is never reached': [
    {
      title: 'after a drop of everything, once for all that follow',
      config: files(
        '{action: drop}',
        '{regex: x, action: labeldrop}',
        '{regex: y, action: labeldrop}',
      ),
      found: ['6:5 M101'],
    },
    {
      title: 'after a drop of whatever value a label has',
      config: files(
        '{source_labels: [env], regex: .*, action: drop}',
        '{regex: x, action: labeldrop}',
      ),
      found: ['6:5 M101'],
    },
    {
      title: 'after a keep without a label',
      config: files('{regex: a, action: keep}', '{regex: x, action: labeldrop}'),
      found: ['6:5 M101'],
    },
    { title: 'but not where it is the last rule', config: files('{action: drop}') },
    {
      title: 'nor after a drop of all that have the label',
      config: files(
        '{source_labels: [env], regex: .+, action: drop}',
        '{regex: x, action: labeldrop}',
      ),
    },
    {
      title: 'nor after a keep of everything',
      config: files(
        '{source_labels: [env], regex: .*, action: keep}',
        '{regex: x, action: labeldrop}',
      ),
    },
    {
      title: 'nor after a drop of texts between anchors of lines',
      config: files(
        '{source_labels: [env], regex: "(?m)^.*$", action: drop} # muster-lint: disable=M106',
        '{regex: x, action: labeldrop}',
      ),
    },
  ],
  'M102, a label that nothing sets': [
    {
      title: 'of another mechanism',
      config: consul('{source_labels: [__meta_docker_container_name], target_label: x}'),
      found: ['5:22 M102'],
    },
    {
      title: 'with a typing error, at its place in the list',
      config: consul('{source_labels: [__meta_consul_dc, __meta_consul_nod], target_label: x}'),
      found: ['5:40 M102'],
    },
    {
      title: 'the name of a metric, even where targets may have any label',
      config: files('{source_labels: [__name__], regex: go_.*, action: drop}'),
      found: ['5:22 M102'],
    },
    {
      title: 'instance, which is set after the last rule',
      config: consul('{source_labels: [instance], target_label: x}'),
      found: ['5:22 M102'],
    },
    {
      title: 'for a labelmap of another mechanism',
      config: consul('{regex: __meta_docker_(.+), action: labelmap}'),
      found: ['5:6 M102'],
    },
    {
      title: 'in rules for samples, a label of discovery',
      config: samples(
        '{source_labels: [__meta_consul_dc], target_label: x}',
        '{source_labels: [__address__], target_label: y}',
      ),
      found: ['5:22 M102', '6:22 M102'],
    },
    {
      title: 'but not one that a rule above sets',
      config: consul(
        '{source_labels: [__meta_consul_dc], target_label: dc}',
        '{source_labels: [dc], target_label: x}',
        '{source_labels: [job, dc], modulus: 2, target_label: __tmp, action: hashmod}',
        '{source_labels: [__tmp], regex: 1, action: keep}',
      ),
    },
    {
      title: 'nor one that a labelmap may set',
      config: consul(
        '{regex: __meta_consul_service_metadata_(.+), action: labelmap}',
        '{source_labels: [team], target_label: x}',
      ),
    },
    {
      title: 'though a labelmap of other names makes no label of discovery',
      config: consul(
        '{regex: __meta_consul_service_metadata_(.+), action: labelmap}',
        '{source_labels: [__meta_docker_container_name], target_label: x}',
      ),
      found: ['6:22 M102'],
    },
    {
      title: 'nor one of a name that the server gives',
      config: consul('{source_labels: [__meta_consul_metadata_rack], target_label: rack}'),
    },
    {
      title: 'nor any where files or servers of the user give the labels',
      config: files('{source_labels: [__meta_docker_container_name, team], target_label: x}'),
    },
    {
      title: 'nor a parameter of the job, or what every target has',
      config: `scrape_configs:
- job_name: a
  params: {module: [x]}
  static_configs: [{targets: [a], labels: {env: b}}]
  relabel_configs:
  - {source_labels: [__param_module, __address__, __scheme__, __metrics_path__, job, env], target_label: x}
`,
    },
    {
      title: 'nor any in a job that finds nothing',
      config: `scrape_configs:
- job_name: a
  relabel_configs: [{source_labels: [__meta_consul_dc], target_label: x}]
`,
    },
    {
      title: 'nor one in rules that two jobs share, if one of them can have it',
      config: `scrape_configs:
- job_name: a
  consul_sd_configs: [{server: "127.0.0.1:8500"}]
  relabel_configs: &rules
  - {source_labels: [__meta_consul_dc], target_label: dc}
  - {source_labels: [__meta_nomad_dc], target_label: dc}
- job_name: b
  docker_sd_configs: [{host: "tcp://127.0.0.1:2375"}]
  relabel_configs: *rules
`,
      found: ['6:22 M102'],
    },
    {
      title: 'nor a label of samples that any exporter may have',
      config: samples('{source_labels: [__name__, le, exported_job], regex: x, action: drop}'),
    },
    {
      title: 'of the Alertmanagers of the config, too',
      config: `alerting:
  alertmanagers:
  - static_configs: [{targets: [a]}]
    relabel_configs: [{source_labels: [__meta_consul_dc], regex: x, action: keep}]
`,
      found: ['4:40 M102'],
    },
  ],
  'M103, a label that is never read': [
    {
      title: 'because it is read above',
      config: files(
        '{source_labels: [__tmp_a], target_label: x}',
        '{source_labels: [y], target_label: __tmp_a}',
      ),
      found: ['6:26 M103'],
    },
    {
      title: 'the parameter of no name',
      config: files('{source_labels: [y], target_label: __param_}'),
      found: ['5:26 M103'],
    },
    {
      title: 'but not one that a labelmap or a keepequal reads',
      config: files(
        '{source_labels: [y], target_label: __tmp_a}',
        '{source_labels: [y], target_label: __tmp_b}',
        '{regex: __tmp_(a), action: labelmap}',
        '{source_labels: [z], target_label: __tmp_b, action: keepequal}',
      ),
    },
    {
      title: 'nor those that Prometheus knows',
      config: files(
        ...[
          '__address__',
          '__scheme__',
          '__metrics_path__',
          '__param_target',
          '__scrape_timeout__',
        ].map((name) => `{source_labels: [y], target_label: ${name}}`),
      ),
    },
    {
      title: 'nor one that is taken away',
      config: files('{target_label: __meta_x, replacement: ""}'),
    },
    {
      title: 'nor in rules for samples, where it stays',
      config: samples('{source_labels: [le], target_label: __tmp_a}'),
    },
  ],
  'M104, a reference to nothing': [
    {
      title: 'a number beyond the groups, in the replacement and in the label',
      config: files(
        '{source_labels: [a], regex: (.)(.), target_label: x, replacement: $3}',
        '{source_labels: [a], regex: (.)(.), target_label: x$4, replacement: $1}',
      ),
      found: ['5:58 M104', '6:41 M104'],
    },
    {
      title: 'a name that swallows what follows',
      config: files('{source_labels: [a], regex: (.+), target_label: x, replacement: "$1_y"}'),
      found: ['5:56 M104'],
    },
    {
      title: 'a variable of the environment',
      config: files('{target_label: x, replacement: "${CLUSTER}"}'),
      found: ['5:23 M104'],
    },
    {
      title: 'the groups of sed',
      config: files(
        String.raw`{source_labels: [a], regex: (.+)-b, target_label: x, replacement: '\1'}`,
      ),
      found: ['5:58 M104'],
    },
    {
      title: 'a group that nothing refers to',
      config: files('{source_labels: [a], regex: "(.+):9100", target_label: x, replacement: node}'),
      found: ['5:63 M104'],
    },
    {
      title: 'but not groups around alternatives, or around all',
      config: files(
        '{source_labels: [a], regex: (a|b)c, target_label: x, replacement: node}',
        '{source_labels: [a], regex: (.+), target_label: x, replacement: node}',
        '{source_labels: [a], regex: "a(bc)?", target_label: x, replacement: node}',
        '{source_labels: [a], regex: "(a)(b)", target_label: "x", replacement: ""}',
      ),
    },
    {
      title: 'nor the whole match, a name, a dollar',
      config: files(
        '{source_labels: [a], regex: "(?P<n>.)(.)", target_label: x, replacement: "$0${n}${2}$$3"}',
      ),
    },
    {
      title: 'nor where the label says what the rule took',
      config: files(
        '{source_labels: [a], regex: (.+)=yes, target_label: "is_${1}", replacement: yes}',
      ),
    },
  ],
  'M105, anchors and dots': [
    {
      title: 'anchors, also around one alternative',
      config: files(
        '{source_labels: [a], regex: ^a$, action: keep}',
        '{source_labels: [a], regex: a|b$, action: keep}',
        '{regex: ^a, action: labeldrop}',
      ),
      found: ['5:26 M105 note', '6:26 M105 note', '7:6 M105 note'],
    },
    {
      title: 'a host, an address, a part of one',
      config: files(
        '{source_labels: [a], regex: "10.0.0.1:9100", action: keep}',
        String.raw`{source_labels: [a], regex: '.*\.example.com', action: keep}`,
        '{source_labels: [a], regex: "(db|web).prod.example.com", action: keep}',
        '{source_labels: [a], regex: "(.+).node.consul:9100", target_label: b}',
      ),
      found: ['5:26 M105', '6:26 M105', '7:26 M105', '8:26 M105'],
    },
    {
      title: 'but not dots that are escaped, or meant',
      config: files(
        String.raw`{source_labels: [a], regex: 'db\.example\.com:9100', action: keep}`,
        '{source_labels: [a], regex: "db[.]example[.]com", action: keep}',
        '{source_labels: [a], regex: ".*prod.*", action: keep}',
        '{source_labels: [a], regex: "v1.2.3", action: keep}',
        '{source_labels: [a], regex: "a.b", action: keep}',
        '{source_labels: [a], regex: "app.+com", action: keep}',
        '{regex: "app.kubernetes.io_name", action: labeldrop}',
      ),
    },
  ],
  'M106, what leaves V8': [
    {
      title: 'for its syntax, its groups, its size',
      config: files(
        String.raw`{source_labels: [a], regex: '\pL+', action: keep}`,
        String.raw`{source_labels: [a], regex: '(?:(a)|b)*', target_label: x}`,
        String.raw`{source_labels: [a], regex: '(?:a{0,30}b{0,30}){0,30}c', action: keep}`,
      ),
      found: ['5:26 M106 note', '6:26 M106 note', '7:26 M106 note'],
    },
    {
      title: 'but not the same groups where nothing asks for them',
      config: files(
        String.raw`{source_labels: [a], regex: '(?:(a)|b)*', action: keep}`,
        '{source_labels: [a], regex: "([^:]+)(?::[0-9]+)?", target_label: x}',
      ),
    },
    {
      title: 'nor in rules that Prometheus applies',
      config: samples(String.raw`{source_labels: [a], regex: '\pL+', action: keep}`),
    },
  ],
  'M107, labels that are needed': [
    {
      title: 'by targets',
      config: files(
        '{regex: "env|__.*", action: labelkeep}',
        '{regex: "__.*", action: labeldrop}',
        '{regex: "j.*", action: labeldrop}',
      ),
      found: ['5:6 M107', '6:6 M107', '7:6 M107'],
    },
    {
      title: 'by samples',
      config: samples(
        '{regex: "job|instance|le", action: labelkeep}',
        '{regex: "i.+", action: labeldrop}',
      ),
      found: ['5:6 M107', '6:6 M107'],
    },
    {
      title: 'but not one that is spelled out, or labels of discovery',
      config: files(
        '{regex: "job", action: labeldrop}',
        '{regex: "__meta_.*", action: labeldrop}',
        '{regex: "__.+|job|env", action: labelkeep}',
      ),
    },
    {
      title: 'nor instance before it is set',
      config: files('{regex: "inst.*", action: labeldrop}'),
    },
    {
      title: 'nor those of samples that one spells out',
      config: samples('{regex: "pod|instance", action: labeldrop}'),
    },
  ],
  'M108, shards': [
    {
      title: 'that there are not',
      config: files(
        '{source_labels: [__address__], modulus: 4, target_label: __tmp, action: hashmod}',
        '{source_labels: [__tmp], regex: 1|4, action: keep}',
      ),
      found: ['6:30 M108'],
    },
    {
      title: 'not even one',
      config: files(
        '{source_labels: [__address__], modulus: 4, target_label: __tmp, action: hashmod}',
        '{source_labels: [__tmp], regex: "[5-7]", action: keep}',
      ),
      found: ['6:30 M108'],
    },
    {
      title: 'but not a place that another program fills in',
      config: files(
        '{source_labels: [__address__], modulus: 4, target_label: __tmp, action: hashmod}',
        '{source_labels: [__tmp], regex: $(SHARD), action: keep}',
        '{source_labels: [__tmp], regex: "${SHARD_0}", action: keep}',
      ),
    },
    {
      title: 'nor some of them in one file',
      config: files(
        '{source_labels: [__address__], modulus: 4, target_label: __tmp, action: hashmod}',
        '{source_labels: [__tmp], regex: "^[0-2]$", action: keep} # muster-lint: disable=M105',
      ),
    },
  ],
  'M109, jobs that are the same': [
    {
      title: 'in all that makes and scrapes their targets',
      config: `scrape_configs:
- {job_name: a, static_configs: [{targets: [x]}]}
- {job_name: b, scrape_interval: 5m, static_configs: [{targets: [x]}]}
`,
      found: ['3:4 M109'],
    },
    {
      title: 'but not where path, parameters, rules, credentials or targets differ',
      config: `scrape_configs:
- {job_name: a, static_configs: [{targets: [x]}]}
- {job_name: b, static_configs: [{targets: [x]}], metrics_path: /b}
- {job_name: c, static_configs: [{targets: [x]}], params: {a: [b]}}
- {job_name: d, static_configs: [{targets: [x]}], bearer_token: s}
- {job_name: e, static_configs: [{targets: [x]}], bearer_token: t}
- {job_name: f, static_configs: [{targets: [y]}]}
- {job_name: g, static_configs: [{targets: [x]}], metric_relabel_configs: [{regex: le, action: labeldrop}]}
- {job_name: h}
- {job_name: i}
`,
    },
  ],
  'M110, files and times': [
    {
      title: 'a folder with a wildcard, a poll without a pause',
      config: `scrape_configs:
- job_name: a
  file_sd_configs:
  - files: [b/c.json, 'd-?/e.json']
  - files: [f.json]
    refresh_interval: 500ms
`,
      found: ['4:23 M110', '6:5 M110'],
    },
    {
      title: 'a timeout that is longer than the interval, or may be',
      config:
        files('{target_label: __scrape_interval__, replacement: 5s}') +
        files('{source_labels: [i], target_label: __scrape_interval__}')
          .replace(/^.*\n/, '')
          .replace('job_name: a', 'job_name: b'),
      found: ['5:5 M110', '9:5 M110'],
    },
    {
      title: 'but not a longer interval, or both together',
      config: files(
        '{source_labels: [s], regex: x, target_label: __scrape_interval__, replacement: 5m}',
        '{source_labels: [s], regex: y, target_label: __scrape_interval__, replacement: 15s}',
      ),
    },
    {
      title: 'nor both from labels',
      config: files(
        '{source_labels: [i], target_label: __scrape_interval__}',
        '{source_labels: [t], target_label: __scrape_timeout__}',
      ),
    },
  ],
  'M100, comments': [
    {
      title: 'silence the rule below, with all of its keys',
      config: files(
        '# muster-lint: disable=M104\n  - source_labels: [a]\n    regex: (.)\n    target_label: x\n    replacement: $2',
        '{source_labels: [a], regex: (.), target_label: x, replacement: $2}',
      ).replace('  - #', '  #'),
      found: ['10:55 M104'],
    },
    {
      title: 'silence a whole list, and a whole job',
      config: `scrape_configs:
# muster-lint: disable=M104
- job_name: a
  static_configs: [{targets: [x]}]

  relabel_configs:
  - {target_label: x, replacement: $2}
- job_name: b
  static_configs: [{targets: [y]}]
  # muster-lint: disable=M104, M105
  relabel_configs:
  - {target_label: x, replacement: $2}
  # another comment
  - {source_labels: [x], regex: ^a, action: drop}
- job_name: c
  static_configs: [{targets: [z]}]
  relabel_configs:
  - {target_label: x, replacement: $2} # muster-lint: disable=M104
`,
    },
    {
      title: 'are found where they silence nothing, name no code or are not understood',
      config: `# muster-lint: disable=M104
# muster-lint: disable=M999
# muster-lint: off
scrape_configs: []
`,
      found: ['1:1 M100', '2:1 M100', '3:1 M100'],
    },
    {
      title: 'of codes that need a snapshot are left alone without one',
      config: `# muster-lint: disable=M201
scrape_configs: []
`,
    },
  ],
}

describe.each(Object.entries(cases))('%s', (_, list) => {
  it.each(list.map((one) => [one.title, one] as const))('%s', async (_, { config, found = [] }) => {
    const result = await lintText(config)
    expect(result.unusable).toEqual([])
    expect(briefly(result)).toEqual(found)
  })
})

function shard(number: number): string {
  return files(
    '{source_labels: [__address__], modulus: 3, target_label: __tmp, action: hashmod}',
    `{source_labels: [__tmp], regex: ${String(number)}, action: keep}`,
  )
}

describe('several files', () => {
  it('have to keep every shard of a job together', async () => {
    const result = await lintText({ 'a.yml': shard(0), 'b.yml': shard(2) })
    expect(result.findings.map(({ message }) => message)).toEqual([
      'none of 2 files keeps shard 1 of 3 of job "a"; add a file for it, or lower the modulus in all of them',
    ])
    const whole = await lintText({ 'a.yml': shard(0), 'b.yml': shard(2), 'c.yml': shard(1) })
    expect(whole.findings).toEqual([])
  })

  it('are looked at though one of them cannot be used, which is told', async () => {
    const result = await lintText({
      'a.yml': 'x: 1\n',
      'b.yml': files('{action: drop}', '{regex: x, action: labeldrop}'),
    })
    expect(result.unusable.map(({ file }) => file)).toEqual(['a.yml'])
    expect(result.unusable[0]?.reason).toContain('a.yml:1:1: x: field x not found')
    expect(briefly(result)).toEqual(['6:5 M101'])
  })

  it('show control characters of the config as escapes', async () => {
    const result = await lintText(
      files(String.raw`{source_labels: [a], regex: "\e31m(.)", target_label: x, replacement: $2}`),
    )
    expect(result.findings[0]?.message).toContain(String.raw`\x1b31m`)
  })
})

describe('the codes that are asked for', () => {
  const config = files('{action: drop}', '{source_labels: [a], regex: ^x, action: keep}')

  it.each([
    [['M101'], ['6:5 M101']],
    [['M105'], ['6:26 M105 note']],
    [['M104'], []],
  ])('%s', async (codes, found) => {
    expect(briefly(await lintText(config, { codes: new Set(codes) }))).toEqual(found)
  })
})
