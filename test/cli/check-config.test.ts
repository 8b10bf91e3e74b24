import { Buffer } from 'node:buffer'
import { execFile } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { checkConfigs, type CheckConfigOptions } from '../../src/cli/check/check-config.js'
import { parseLint } from '../../src/cli/check/lint.js'
import { describeWithPeers, requirePeer } from '../helpers/peers.js'
import { useFolder } from '../config/folder.js'
import { allMechanisms } from '../config/mechanisms.js'

interface Said {
  readonly code: number
  readonly out: string
  readonly err: string
}

interface Case {
  readonly name: string
  readonly files: Readonly<Record<string, string | Uint8Array>>
  readonly flags?: readonly string[]
  readonly want: Said
}

const job = (rest: string): string => `scrape_configs:\n- job_name: a\n  ${rest}\n`
const good = (file: string): string =>
  ` SUCCESS: /${file} is valid prometheus config file syntax\n\n`
const failed = (fault: string): Said => ({
  code: 1,
  out: 'Checking /p.yml\n\n',
  err: `  FAILED: ${fault}\n`,
})
const rules = (text: string): Record<string, string> => ({
  'p.yml': 'rule_files: [rules.yml]\n',
  'rules.yml': `groups:\n- name: g\n  rules:\n${text}`,
})
const withRules = 'Checking /p.yml\n  SUCCESS: 1 rule files found\n' + good('p.yml')
const twoRules = '  - {record: a, expr: "1"}\n  - {record: a, expr: "2"}\n'
const badTarget = job('static_configs: [{targets: [x/y]}]\n  relabel_configs: [{target_label: z}]')

const cases: readonly Case[] = [
  {
    name: 'a good file',
    files: { 'p.yml': job('static_configs: [{targets: [x]}]') },
    want: { code: 0, out: 'Checking /p.yml\n' + good('p.yml'), err: '' },
  },
  {
    name: 'an empty file',
    files: { 'p.yml': '' },
    want: { code: 0, out: 'Checking /p.yml\n' + good('p.yml'), err: '' },
  },
  {
    name: 'a good file and a bad one',
    files: { 'p.yml': '', 'q.yml': 'foo: 1\n' },
    want: {
      code: 1,
      out: 'Checking /p.yml\n' + good('p.yml') + 'Checking /q.yml\n\n',
      err: '  FAILED: parsing YAML file /q.yml: yaml: unmarshal errors:\n',
    },
  },
  {
    name: 'a job without a name',
    files: { 'p.yml': 'scrape_configs: [{}]\n' },
    want: failed('parsing YAML file /p.yml: job_name is empty'),
  },
  {
    name: 'a rule file that is good',
    files: rules('  - {record: a, expr: "1"}\n  - {alert: b, expr: "1", for: 5m}\n'),
    want: {
      code: 0,
      out: `${withRules}Checking /rules.yml\n  SUCCESS: 2 rules found\n\n`,
      err: '',
    },
  },
  {
    name: 'rules that stand twice',
    files: rules(twoRules),
    want: { code: 0, out: `${withRules}Checking /rules.yml\n\n`, err: '  FAILED:\n' },
  },
  {
    name: 'rules that stand twice, where that is fatal',
    files: rules(twoRules),
    flags: ['--lint-fatal'],
    want: { code: 3, out: `${withRules}Checking /rules.yml\n\n`, err: '  FAILED:\n' },
  },
  {
    name: 'rules that stand twice, without the linter',
    files: rules(twoRules),
    flags: ['--lint=none'],
    want: {
      code: 0,
      out: `${withRules}Checking /rules.yml\n  SUCCESS: 2 rules found\n\n`,
      err: '',
    },
  },
  {
    name: 'a rule that is neither recording nor alerting',
    files: rules('  - {expr: "1"}\n'),
    want: { code: 1, out: `${withRules}Checking /rules.yml\n`, err: '  FAILED:\n' },
  },
  ...[
    ['a label without a name', '{record: a, expr: "1", labels: {"": x}}'],
    ['a label that is the name', '{record: a, expr: "1", labels: {__name__: x}}'],
    ['a label that is no text', '{record: a, expr: "1", labels: {x: !!binary /w==}}'],
    ['an annotation without a name', '{alert: a, expr: "1", annotations: {"": x}}'],
    ['braces in its name', "{record: 'a{}', expr: '1'}"],
    ['no expression', '{record: a}'],
    ['two merge keys', '{record: a, expr: "1", labels: {<<: {a: b}, <<: {c: d}}}'],
  ].map(([name = '', rule = '']) => ({
    name: `a rule with ${name}`,
    files: rules(`  - ${rule}\n`),
    want: { code: 1, out: `${withRules}Checking /rules.yml\n`, err: '  FAILED:\n' },
  })),
  ...[
    ['a label of its own beside a merged one', 'labels: {<<: {a: b, c: d}, a: e}'],
    ['a merged label after its own one', 'labels: {a: e, <<: {a: b}}'],
    ['merged labels twice in a list', 'labels: {<<: [{a: b}, {a: c}]}'],
    ['a key that is null', 'labels: {~: b, c: d}'],
    ['a tag without a name', 'for: !'],
  ].map(([name = '', key = '']) => ({
    name: `a rule with ${name}`,
    files: rules(`  - alert: a\n    expr: "1"\n    ${key}\n`),
    want: {
      code: 0,
      out: `${withRules}Checking /rules.yml\n  SUCCESS: 1 rules found\n\n`,
      err: '',
    },
  })),
  {
    name: 'a rule file in UTF-16',
    files: {
      'p.yml': 'rule_files: [rules.yml]\n',
      'rules.yml': Buffer.from('\ufeffgroups: [{name: g}]\n', 'utf16le'),
    },
    want: {
      code: 0,
      out: `${withRules}Checking /rules.yml\n  SUCCESS: 0 rules found\n\n`,
      err: '',
    },
  },
  {
    name: 'a rule file that is no text',
    files: {
      'p.yml': 'rule_files: [rules.yml]\n',
      'rules.yml': Buffer.from('# \xff\ngroups: [{name: g}]\n', 'latin1'),
    },
    want: { code: 1, out: `${withRules}Checking /rules.yml\n`, err: '  FAILED:\n' },
  },
  {
    name: 'a rule file with an unknown key that is to be taken',
    files: rules('  - {record: a, expr: "1"}\n  foo: bar\n'),
    flags: ['--ignore-unknown-fields'],
    want: {
      code: 0,
      out: `${withRules}Checking /rules.yml\n  SUCCESS: 1 rules found\n\n`,
      err: '',
    },
  },
  {
    name: 'a rule file that is missing',
    files: { 'p.yml': 'rule_files: [none.yml]\n' },
    want: failed('"/none.yml" does not point to an existing file'),
  },
  {
    name: 'a rule file that is missing, for the syntax',
    files: { 'p.yml': 'rule_files: [none.yml]\n' },
    flags: ['--syntax-only'],
    want: { code: 0, out: 'Checking /p.yml\n' + good('p.yml'), err: '' },
  },
  {
    name: 'a pattern of rule files that matches none',
    files: { 'p.yml': 'rule_files: [none/*.yml]\n' },
    want: { code: 0, out: 'Checking /p.yml\n' + good('p.yml'), err: '' },
  },
  {
    name: 'an included file with a fault',
    files: {
      'p.yml': 'scrape_config_files: [more.yml]\n',
      'more.yml': 'scrape_configs: [{job_name: a, scrape_timeout: 5m}]',
    },
    want: failed(
      'error loading scrape configs: "/more.yml": scrape timeout greater than scrape interval for scrape config with job name "a"',
    ),
  },
  {
    name: 'an included file with a fault, for the syntax',
    files: { 'p.yml': 'scrape_config_files: [more.yml]\n', 'more.yml': 'foo: 1\n' },
    flags: ['--syntax-only'],
    want: { code: 0, out: 'Checking /p.yml\n' + good('p.yml'), err: '' },
  },
  {
    name: 'a file of targets that is missing',
    files: { 'p.yml': job('file_sd_configs: [{files: [t.json]}]') },
    want: {
      code: 0,
      out:
        'Checking /p.yml\n  WARNING: file "/t.json" for file_sd in scrape job "a" does not exist\n' +
        good('p.yml'),
      err: '',
    },
  },
  {
    name: 'a file of Alertmanagers that is missing',
    files: { 'p.yml': 'alerting: {alertmanagers: [{file_sd_configs: [{files: [t.yml]}]}]}\n' },
    want: {
      code: 0,
      out:
        'Checking /p.yml\n  WARNING: file "/t.yml" for file_sd in alertmanager config does not exist\n' +
        good('p.yml'),
      err: '',
    },
  },
  {
    name: 'a file of targets that is good',
    files: {
      'p.yml': job('file_sd_configs: [{files: [t.json]}]'),
      't.json': '[{"targets": ["a:1"], "labels": {"x": "y"}}]',
    },
    want: { code: 0, out: 'Checking /p.yml\n' + good('p.yml'), err: '' },
  },
  {
    name: 'a static target that no rule makes an address of',
    files: { 'p.yml': badTarget },
    want: failed('instance 0 in group 0: "x/y" is not a valid hostname'),
  },
  {
    name: 'a static target that is wrong, for the syntax all the same',
    files: { 'p.yml': badTarget },
    flags: ['--syntax-only'],
    want: failed('instance 0 in group 0: "x/y" is not a valid hostname'),
  },
  {
    name: 'a static target that a rule drops',
    files: {
      'p.yml': job(
        'static_configs: [{targets: [x/y]}]\n  relabel_configs: [{action: drop, regex: ""}]',
      ),
    },
    want: { code: 0, out: 'Checking /p.yml\n' + good('p.yml'), err: '' },
  },
  {
    name: 'a credentials file that is missing',
    files: { 'p.yml': job('authorization: {credentials_file: none}') },
    want: failed(
      'error checking authorization credentials or bearer token file "/none": stat /none: no such file or directory',
    ),
  },
  {
    name: 'a certificate that is missing',
    files: { 'p.yml': job('tls_config: {cert_file: none, key_file: p.yml}') },
    want: failed('error checking client cert file "/none": stat /none: no such file or directory'),
  },
  {
    name: 'a key that is missing',
    files: { 'p.yml': job('tls_config: {cert_file: p.yml, key_file: none}') },
    want: failed('error checking client key file "/none": stat /none: no such file or directory'),
  },
  {
    name: 'a certificate of Kubernetes that is missing',
    files: {
      'p.yml': job(
        'kubernetes_sd_configs:\n  - role: pod\n    api_server: http://x\n    tls_config: {cert_file: none, key_file: p.yml}',
      ),
    },
    want: failed('error checking client cert file "/none": stat /none: no such file or directory'),
  },
  {
    name: 'an interval after which samples are stale',
    files: { 'p.yml': job('scrape_interval: 6m') },
    flags: ['--lint=too-long-scrape-interval'],
    want: {
      code: 0,
      out: 'Checking /p.yml\n' + good('p.yml'),
      err: '  FAILED: too long scrape interval found, data point will be marked as stale - job: a, interval: 6m\n',
    },
  },
  {
    name: 'such an interval, where that is fatal',
    files: { 'p.yml': job('scrape_interval: 6m') },
    flags: ['--lint=all', '--lint-fatal'],
    want: {
      code: 3,
      out: 'Checking /p.yml\n' + good('p.yml'),
      err: '  FAILED: too long scrape interval found, data point will be marked as stale - job: a, interval: 6m\n',
    },
  },
  {
    name: 'Alertmanagers in agent mode',
    files: { 'p.yml': 'alerting: {alertmanagers: [{}]}\n' },
    flags: ['--agent'],
    want: failed('field alerting is not allowed in agent mode'),
  },
]

const folder = useFolder()

async function write(files: Case['files']): Promise<readonly string[]> {
  for (const [name, text] of Object.entries(files)) await folder.write(name, text)
  return Object.keys(files)
    .filter((name) => /^[pq]\.yml$/.test(name))
    .map((name) => folder.path(name))
}

function optionsOf(flags: readonly string[]): CheckConfigOptions {
  const lint = flags.find((flag) => flag.startsWith('--lint='))?.slice('--lint='.length)
  return {
    mechanisms: allMechanisms(),
    agent: flags.includes('--agent'),
    syntaxOnly: flags.includes('--syntax-only'),
    lint: parseLint(lint ?? 'duplicate-rules').lint,
    lintIsFatal: flags.includes('--lint-fatal'),
    ignoreUnknownFields: flags.includes('--ignore-unknown-fields'),
    lookbackMs: 300_000,
  }
}

const short = (text: string): string => text.replaceAll(folder.path('x').slice(0, -2), '')

/** What muster says beyond promtool. */
const beyond = /^ {2}WARNING: .* will find no targets: .*\n/gmu

/** Leaves the folder out of file names, and of complaints all but the first line of each. */
function plain({ code, out, err }: Said): Said {
  const complaints = short(err)
    .split('\n')
    .filter((line) => line.startsWith('  FAILED:'))
  return {
    code,
    out: short(out).replace(beyond, ''),
    err: complaints.map((line) => `${line}\n`).join(''),
  }
}

describe('muster check config warns of a job that will find nothing', () => {
  const file = 'file_sd_configs: [{files: [t.json]}]'
  const fixed = 'static_configs: [{targets: [x]}]'
  const drop = 'relabel_configs: [{action: drop, regex: ""}]'
  it.each([
    {
      name: 'without any section that finds targets',
      text: job('scrape_interval: 1m'),
      says: 'it has no section that finds targets, such as static_configs',
    },
    {
      name: 'of which static_configs are empty',
      text: job('static_configs: [{targets: []}]'),
      says: 'its static_configs name none',
    },
    {
      name: 'of which files are empty',
      text: job(file),
      says: 'its files and static_configs name none',
    },
    {
      name: 'of which rules drop every target',
      text: job(`${fixed}\n  ${drop}`),
      says: 'its relabel_configs drop all of its targets (1)',
    },
    { name: 'but not where a target is kept', text: job(fixed), says: undefined },
    {
      name: 'but not where a server has to be asked',
      text: job('http_sd_configs: [{url: "http://x"}]'),
      says: undefined,
    },
  ])('$name', async ({ text, says }) => {
    await write({ 'p.yml': text, 't.json': '[]' })
    const said: string[] = []
    const output = { out: (line: string) => said.push(line), err() {} }
    expect(await checkConfigs([folder.path('p.yml')], optionsOf([]), output)).toBe(0)
    expect(said.filter((line) => line.includes('WARNING'))).toEqual(
      says === undefined ? [] : [`  WARNING: scrape job "a" will find no targets: ${says}`],
    )
  })
})

describe('muster check config says of', () => {
  it.each(cases)('$name', async ({ files, flags = [], want }) => {
    const paths = await write(files)
    let out = ''
    let err = ''
    const code = await checkConfigs(paths, optionsOf(flags), {
      out: (line) => (out += `${line}\n`),
      err: (line) => (err += `${line}\n`),
    })
    expect(plain({ code, out, err })).toEqual(want)
  })

  it('a bad file where everything is', async () => {
    const [file = ''] = await write({ 'p.yml': 'scrape_configs:\n- job_name: a\n  foo: 1\n- {}\n' })
    const lines: string[] = []
    await checkConfigs([file], optionsOf([]), { out() {}, err: (line) => lines.push(line) })
    expect(lines.join('\n').replaceAll(file, 'p.yml')).toBe(
      [
        '  FAILED: parsing YAML file p.yml: yaml: unmarshal errors:',
        '  p.yml:3:3: scrape_configs[0].foo: field foo not found in type config.ScrapeConfig',
        '  p.yml:4:3: scrape_configs[1]: job_name is empty',
      ].join('\n'),
    )
  })
})

describeWithPeers('promtool says the same of', ['promtool'], () => {
  it.each(cases)('$name', async ({ files, flags = [], want }) => {
    const paths = await write(files)
    const said = await new Promise<Said>((resolve) => {
      const args = ['check', 'config', ...flags, ...paths]
      execFile(requirePeer('promtool'), args, (error, out, err) =>
        resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err }),
      )
    })
    expect(plain(said)).toEqual(want)
  })
})
