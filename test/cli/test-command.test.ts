import { EventEmitter } from 'node:events'
import { readFile, symlink, unlink } from 'node:fs/promises'
import { Writable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import type { Host } from '../../src/cli/host.js'
import type { TargetGroup } from '../../src/discovery/index.js'
import { runProgram } from '../../src/cli/program.js'
import { sectionOf, snapshotLines, writeSnapshotFile } from '../../src/snapshot/index.js'
import { useFolder } from '../config/folder.js'

const folder = useFolder()

class Text extends Writable {
  text = ''
  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.text += chunk.toString()
    done()
  }
}

interface Run {
  readonly code: number
  readonly out: string
  readonly err: string
}

/** A text without the path of the folder. */
function shown(text: string): string {
  return text.replaceAll(`${folder.path('')}/`, '')
}

/** Runs `muster test` with these arguments; paths of the folder are shown without it. */
async function muster(...args: readonly string[]): Promise<Run> {
  const stdout = new Text()
  const stderr = new Text()
  const host: Host = {
    env: {},
    stdout,
    stderr,
    lostLogLines: () => 0,
    ready: () => undefined,
    signals: new EventEmitter(),
    exitSoon: () => undefined,
    exit() {
      throw new Error('the program ended the process')
    },
  }
  const code = await runProgram(['test', ...args], host)
  return { code, out: shown(stdout.text), err: shown(stderr.text) }
}

const config = `scrape_configs:
  - job_name: node
    relabel_configs:
      - source_labels: [stage]
        regex: test
        action: drop
      - source_labels: [__meta_service]
        target_label: service
      - source_labels: [__meta_path]
        regex: (.+)
        target_label: __metrics_path__
      - source_labels: [bad]
        regex: "yes"
        target_label: __scrape_interval__
        replacement: never
    metric_relabel_configs:
      - {source_labels: [__name__], regex: go_.*, action: drop}
    params: {module: [http]}
    static_configs: [{targets: ["a:1"]}]
alerting:
  alertmanagers:
    - path_prefix: /alertmanager
      relabel_configs:
        - {source_labels: [zone], regex: far, action: drop}
      static_configs: [{targets: ["am:9093"]}]
`

/** Runs a file of tests of that config. */
async function run(tests: string, ...args: readonly string[]): Promise<Run> {
  await folder.write('prometheus.yml', config)
  const file = await folder.write(
    'a.muster-test.yml',
    `config_file: prometheus.yml\njob: node\n${tests}`,
  )
  return await muster(file, ...args)
}

/** A case in one line. */
function one(labels: string, expectation: string, more = ''): string {
  return `tests:\n  - {name: one, labels: ${labels}, expect: ${expectation}${more}}\n`
}

const kept = '{__address__: "a:1", __meta_service: web}'
const dropped = '{__address__: "a:1", stage: test}'
const failing = '{__address__: "a:1", bad: "yes"}'

describe('a case is met', () => {
  it.each([
    ['by the public labels', kept, '{labels: {job: node, instance: "a:1", service: web}}'],
    ['by some of the labels', kept, '{include: {__scheme__: http, service: web}}'],
    ['by labels that are not there', kept, '{absent: [stage, __meta_service]}'],
    ['by labels that are there', kept, '{present: [service]}'],
    ['by the URL', '{__address__: "a:1", __meta_path: /p}', '{url: "http://a:1/p?module=http"}'],
    ['by a target at all', kept, '{active: true}'],
    ['by a target that is not dropped', kept, '{dropped: false, fails: false}'],
    ['by a rule that drops', dropped, '{dropped: true}'],
    ['by the number of the rule', dropped, '{dropped: {rule: 1}}'],
    ['by the place of the rule', dropped, '{dropped: {place: "prometheus.yml:4:9"}}'],
    ['by the line of the rule', dropped, '{dropped: {rule: 1, place: "./prometheus.yml:4"}}'],
    ['by a target that fails', failing, '{fails: true}'],
    ['by a part of the reason', failing, '{fails: "parsing scrape interval"}'],
    ['by no target', dropped, '{active: false}'],
  ])('%s', async (_, labels, expectation) => {
    expect(await run(one(labels, expectation))).toEqual({
      code: 0,
      out: '✓ a.muster-test.yml: 1 of 1 passed\n1 passed\n',
      err: '',
    })
  })

  it.each([
    [
      'an Alertmanager by its URL',
      'alertmanagers: 0',
      kept,
      '{url: "http://a:1/alertmanager/api/v2/alerts"}',
    ],
    [
      'an Alertmanager by the rule that drops it',
      'alertmanagers: 0',
      '{__address__: "a:1", zone: far}',
      '{dropped: {rule: 1, place: "prometheus.yml:24:11"}}',
    ],
    ['an Alertmanager by its fault', 'alertmanagers: 0', '{}', '{fails: no address}'],
    ['a sample by its labels', 'stage: metric', '{__name__: up}', '{labels: {__name__: up}}'],
    [
      'a sample by the rule that drops it',
      'stage: metric',
      '{__name__: go_x}',
      '{dropped: {rule: 1, place: "prometheus.yml:17"}}',
    ],
    ['a sample by its fault', 'stage: metric', '{a: b}', '{fails: missing metric name}'],
  ])('of %s', async (_, stage, labels, expectation) => {
    const { code, out } = await run(one(labels, expectation, `, ${stage}`))
    expect([code, out]).toEqual([0, expect.stringContaining('1 passed')])
  })
})

describe('a case that is not met says', () => {
  it('which labels differ, and what every rule did', async () => {
    const { code, out } = await run(
      one(kept, '{labels: {job: node, instance: "a:1", service: api, x: y}}'),
    )
    expect(code).toBe(1)
    expect(out).toBe(`✗ a.muster-test.yml: 0 of 1 passed

  ✗ one a.muster-test.yml:4:5
    labels (- expected, + got):
        instance="a:1"
        job="node"
      - service="api"
      + service="web"
      - x="y"
    rules:
      rule 1 (prometheus.yml:4:9): drop where "stage" matches "test": changes nothing
      rule 2 (prometheus.yml:7:9): replace service from "__meta_service": sets service="web"
      rule 3 (prometheus.yml:9:9): replace __metrics_path__ from "__meta_path": changes nothing
      rule 4 (prometheus.yml:12:9): replace __scrape_interval__ from "bad": changes nothing

0 passed, 1 failed
`)
  })

  it.each([
    [
      'another rule',
      dropped,
      '{dropped: {rule: 2}}',
      'expected: dropped by rule 2',
      'got:      dropped by rule 1 (prometheus.yml:4:9)',
    ],
    [
      'another place',
      dropped,
      '{dropped: {place: "prometheus.yml:5:9"}}',
      'expected: dropped at prometheus.yml:5:9',
      'got:      dropped by rule 1 (prometheus.yml:4:9)',
    ],
    [
      'a target',
      kept,
      '{dropped: true}',
      'expected: dropped',
      'got:      a target at http://a:1/metrics?module=http',
    ],
    [
      'no target',
      dropped,
      '{include: {a: b}}',
      'expected: a target',
      'got:      dropped by rule 1 (prometheus.yml:4:9)',
    ],
    [
      'a failing one',
      failing,
      '{active: true}',
      'expected: a target',
      'got:      fails: "error parsing scrape interval: not a valid duration string: \\"never\\""',
    ],
    [
      'another reason',
      failing,
      '{fails: "no address"}',
      'expected: to fail with "no address"',
      'got:      fails: ',
    ],
    [
      'anything',
      dropped,
      '{dropped: false}',
      'expected: anything else',
      'got:      dropped by rule 1',
    ],
    [
      'another URL',
      kept,
      '{url: "http://b:1/"}',
      '  - http://b:1/',
      '  + http://a:1/metrics?module=http',
    ],
    [
      'a label too many',
      kept,
      '{absent: [service]}',
      'labels (- expected, + got):',
      '  + service="web" (expected: no such label)',
    ],
    [
      'a label too few',
      kept,
      '{present: [zone]}',
      'labels (- expected, + got):',
      '  - zone="…" (any value)',
    ],
  ])('that there is %s', async (_, labels, expectation, first, second) => {
    const { code, out } = await run(one(labels, expectation))
    expect(code).toBe(1)
    expect(out).toContain(`    ${first}\n    ${second}`)
  })

  it('that it expects nothing', async () => {
    const { code, out } = await run('tests: [{name: one, labels: {__address__: "a:1"}}]\n')
    expect([code, out]).toEqual([1, expect.stringContaining('--update writes down what there is')])
  })
})

describe('a table', () => {
  const table = `tests:
  - name: table
    columns: [__meta_service, "in:stage", service, "out:__metrics_path__", url, result]
    rows:
      - [prod, ~, prod, /metrics, "http://h:1/metrics?module=http", keep]
      - [test, test, ~, ~, ~, drop:1]
      - ["", ~, ~, /metrics, ~, keep]
    labels: {__address__: "h:1"}
    url_column: url
    expect_column: result
    expect: {include: {job: node}}
`
  it('is a case a row', async () => {
    const { code, out } = await run(table, '--reporter=tap')
    expect([code, out.split('\n')]).toEqual([
      0,
      [
        'TAP version 14',
        '1..3',
        'ok 1 - a.muster-test.yml: table: prod, ~, prod, /metrics, http://h:1/metrics?module=http, keep',
        'ok 2 - a.muster-test.yml: table: test, test, ~, ~, ~, drop:1',
        'ok 3 - a.muster-test.yml: table: "", ~, ~, /metrics, ~, keep',
        '',
      ],
    ])
  })

  it('names the row that is not met', async () => {
    const { out } = await run(table.replace('drop:1', 'drop:2'))
    expect(out).toContain('✗ table: test, test, ~, ~, ~, drop:2 a.muster-test.yml:8:9')
  })
})

describe('a file of tests is refused, with the place,', () => {
  it.each([
    [
      'for a key that there is not',
      one('{}', '{lables: {}}'),
      '4:38: tests[0].expect.lables: field lables not found in type expect (did you mean "labels"?)',
    ],
    ['for a case without a name', 'tests: [{labels: {}}]\n', '3:9: tests[0]: a test needs a name'],
    ['for no tests', 'tests: []\n', '3:1: tests: there are no tests'],
    [
      'for what cannot be together',
      one('{}', '{dropped: true, url: x}'),
      '4:29: tests[0].expect: url cannot be together with dropped: such a target is not active',
    ],
    [
      'for an expectation of nothing',
      one('{}', '{}'),
      '4:37: tests[0].expect: says nothing about what is expected',
    ],
    [
      'for a rule 0',
      one('{}', '{dropped: {rule: 0}}'),
      '4:54: tests[0].expect.dropped.rule: rules are counted from 1',
    ],
    [
      'for a place that is none',
      one('{}', '{dropped: {place: here}}'),
      '4:55: tests[0].expect.dropped.place: "here" is not a place: write file:line or file:line:column',
    ],
    [
      'for how many of one',
      one('{}', '{active: 2}'),
      '4:29: tests[0].expect: active counts targets: that is for cases with groups',
    ],
    [
      'for an unknown stage',
      one('{}', '{active: true}', ', stage: metrics'),
      'unknown stage "metrics": target or metric (did you mean "metric"?)',
    ],
    [
      'for a row that is too short',
      'tests: [{name: t, columns: [a, b], rows: [[x]]}]\n',
      '3:43: tests[0].rows[0]: the row has 1 values for 2 columns',
    ],
    [
      'for a result that is none',
      'tests: [{name: t, columns: [a, r], expect_column: r, rows: [[x, kep]]}]\n',
      '3:65: tests[0].rows[0][1]: unknown result "kep": keep, drop, drop:N, fail or fail:REASON',
    ],
    [
      'for a column that is missing',
      'tests: [{name: t, columns: [a], expect_column: r, rows: [[x]]}]\n',
      'there is no column "r"',
    ],
    ['for what is no YAML', 'tests: [\n', 'yaml:'],
  ])('%s', async (_, tests, message) => {
    const { code, out } = await run(tests)
    expect([code, out]).toEqual([2, expect.stringContaining(message)])
    expect(out).toContain('  a.muster-test.yml:')
    expect(out).toContain('could not be run')
  })

  it('for a job that the config does not have', async () => {
    const { code, out } = await run(
      'tests: [{name: one, job: nod, labels: {}, expect: {active: true}}]\n',
    )
    expect([code, out]).toEqual([
      2,
      expect.stringContaining(
        'a.muster-test.yml:3:21: there is no job "nod" in prometheus.yml (did you mean "node"?)',
      ),
    ])
  })

  it('for Alertmanagers that the config does not have', async () => {
    const { code, out } = await run(one('{}', '{active: true}', ', alertmanagers: 3'))
    expect([code, out]).toEqual([
      2,
      expect.stringContaining(
        'there are no alertmanagers 3 in prometheus.yml; the first ones are 0',
      ),
    ])
  })

  it('for a config that is wrong, with every place in it', async () => {
    await folder.write('bad.yml', 'scrape_config: []\nglobal: {scrape_interval: x}\n')
    const file = await folder.write(
      'b.muster-test.yml',
      `config_file: bad.yml\njob: a\n${one('{}', '{active: true}')}`,
    )
    const { code, out } = await muster(file)
    expect(code).toBe(2)
    expect(out).toContain('bad.yml:1:1: scrape_config: field scrape_config not found')
    expect(out).toContain('bad.yml:2:27: global.scrape_interval')
  })

  it.each([
    [
      'for a config that is not there',
      'config_file: none.yml\n',
      'open none.yml: no such file or directory',
    ],
    [
      'for no config at all',
      '',
      'b.muster-test.yml:1:1: names no config_file, nor does --config.file',
    ],
  ])('%s', async (_, head, message) => {
    const file = await folder.write(
      'b.muster-test.yml',
      `${head}job: a\n${one('{}', '{active: true}')}`,
    )
    const { code, out } = await muster(file)
    expect([code, out]).toEqual([2, expect.stringContaining(message)])
  })
})

describe('muster test', () => {
  it('finds test files in folders, without those of packages', async () => {
    await folder.write('prometheus.yml', config)
    const tests = `config_file: ../../prometheus.yml\njob: node\n${one(kept, '{active: true}')}`
    await folder.write('tests/deep/x.muster-test.yaml', tests)
    await folder.write('tests/node_modules/y.muster-test.yml', 'tests: 1\n')
    await folder.write('tests/other.yml', 'tests: 1\n')
    const { code, out } = await muster(folder.path('tests'))
    expect([code, out]).toEqual([0, '✓ tests/deep/x.muster-test.yaml: 1 of 1 passed\n1 passed\n'])
  })

  it.each([
    ['a file that is not there', ['none.muster-test.yml'], 'none.muster-test.yml: no such file'],
    ['a folder without tests', ['empty'], 'there is no test file in empty'],
  ])('ends with 2 for %s', async (_, names, message) => {
    await folder.write('empty/x', '')
    const { code, out, err } = await muster(...names.map((name) => folder.path(name)))
    expect(code).toBe(2)
    expect(out + err).toContain(message)
  })

  it.each([
    ['--reporter=xml', 'Allowed choices are pretty, tap, junit, json, github'],
    ['--min-coverage=101%', 'expected a percentage'],
    ['--run=(', '--run=(: '],
  ])('ends with 2 for %s', async (flag, message) => {
    const { code, err } = await run(one(kept, '{active: true}'), flag)
    expect([code, err]).toEqual([2, expect.stringContaining(message)])
  })

  it('runs only what --run names, and ends at the first failure with --bail', async () => {
    const tests = `tests:
  - {name: first one, labels: ${kept}, expect: {dropped: true}}
  - {name: second one, labels: ${kept}, expect: {dropped: true}}
  - {name: third, labels: ${kept}, expect: {active: true}}
`
    expect((await run(tests, '--run', 'th.rd$')).out).toContain('\n1 passed\n')
    expect((await run(tests, '--run', 'one')).out).toContain('\n0 passed, 2 failed\n')
    expect((await run(tests, '--bail')).out).toContain(
      '0 passed, 1 failed, the others were not run',
    )
  })

  it('takes another config by --config.file, and follows scrape_config_files', async () => {
    await folder.write(
      'jobs/more.yml',
      'scrape_configs: [{job_name: extra, relabel_configs: [{target_label: a, replacement: b}]}]\n',
    )
    const other = await folder.write('other.yml', 'scrape_config_files: ["jobs/*.yml"]\n')
    const { code, out } = await run(
      one('{__address__: "x:1"}', '{include: {a: b}}', ', job: extra'),
      `--config.file=${other}`,
      '--coverage',
    )
    expect([code, out]).toEqual([
      0,
      expect.stringContaining('rules: 1, ran 1, matched 1, decided 1'),
    ])
  })

  it('runs a case in each of several configs that have its job', async () => {
    await folder.write('one.yml', config)
    await folder.write('two.yml', config.replace('replacement: never', 'replacement: 1m'))
    const file = await folder.write(
      'c.muster-test.yml',
      `config_files: [one.yml, two.yml]\njob: node\n${one(failing, '{fails: true}')}`,
    )
    const { code, out } = await muster(file)
    expect([code, out]).toEqual([
      1,
      expect.stringContaining('✗ one [two.yml] c.muster-test.yml:4:5'),
    ])
  })

  it('takes own mechanisms for their sections', async () => {
    const module = await folder.write(
      'own.mjs',
      `export default () => ({ name: 'own', key: 'own_sd_configs', section: { name: 'own', zero: () => ({}), decode: () => ({}), encode: () => ({}) }, create: () => { throw new Error('nothing is discovered') } })\n`,
    )
    await folder.write('own.yml', 'scrape_configs: [{job_name: a, own_sd_configs: [{x: y}]}]\n')
    const file = await folder.write(
      'd.muster-test.yml',
      `config_file: own.yml\njob: a\n${one(kept, '{active: true}')}`,
    )
    expect((await muster(file)).code).toBe(2)
    expect((await muster(file, `--discovery.mechanism=${module}`)).code).toBe(0)
  })

  it('shows control characters of labels as escapes, in every reporter', async () => {
    const tests = one('{__address__: "a:1", __meta_service: "\\e[31m\\u202e"}', '{labels: {}}')
    for (const reporter of ['pretty', 'tap', 'junit', 'json', 'github']) {
      const { out } = await run(tests, `--reporter=${reporter}`)
      // eslint-disable-next-line no-control-regex
      expect(out).not.toMatch(/[\u001b\u202e]/)
    }
  })

  it('begins no line with a name, where a CI server reads commands', async () => {
    const tests = `tests: [{name: "a\\n::error::b", labels: {}, expect: {dropped: true}}]\n`
    for (const reporter of ['pretty', 'tap', 'junit', 'json', 'github']) {
      const { out } = await run(tests, `--reporter=${reporter}`)
      expect(out).not.toMatch(/^::error::b/m)
    }
  })
})

/** A case for a file of targets. */
function groups(expectation: string, more = ''): string {
  return `tests:\n  - {name: nodes, groups: nodes.json, expect: ${expectation}${more}}\n`
}

/** A group with one target. */
function groupOf(address: string): TargetGroup {
  return { source: address, labels: {}, targets: [{ __address__: address }] }
}

describe('a fixture', () => {
  const nodes = JSON.stringify([
    { targets: ['a:1', 'b:1', 'a:1'], labels: { __meta_service: 'web' } },
    { targets: ['c:1'], labels: { stage: 'test' } },
  ])
  it('counts different targets', async () => {
    await folder.write('nodes.json', nodes)
    expect((await run(groups('{active: 2, dropped: 1, fails: 0}'))).code).toBe(0)
    const { code, out } = await run(groups('{active: 3, dropped: 0}'))
    expect([code, out]).toEqual([
      1,
      expect.stringContaining(
        'active targets: expected 3, got 2\n    dropped targets: expected 0, got 1',
      ),
    ])
    expect(out).toContain(
      'rule 1 (prometheus.yml:4:9): drop where "stage" matches "test": DROPS THE TARGET',
    )
  })

  it('has labels of the case, and what holds for each target', async () => {
    await folder.write('nodes.json', nodes)
    const each = '{active: 2, each: {include: {zone: eu}, present: [service], absent: [stage]}}'
    expect((await run(groups(each, ', labels: {zone: eu}'))).code).toBe(0)
    const { out } = await run(groups(each))
    expect(out).toContain('target __address__="a:1"')
    expect(out).toContain('- zone="eu"')
  })

  it('fails with a target that cannot be made, unless that is expected', async () => {
    await folder.write('nodes.json', JSON.stringify([{ targets: ['a:1'], labels: { bad: 'yes' } }]))
    expect((await run(groups('{active: 0}'))).code).toBe(1)
    expect((await run(groups('{active: 0, fails: 1}'))).code).toBe(0)
  })

  it.each([
    ['YAML', 'nodes.yml', '- targets: [a:1]\n'],
    [
      'output of promtool',
      'nodes.json',
      JSON.stringify([{ discoveredLabels: { __address__: 'a:1' }, labels: {} }]),
    ],
    [
      'an answer of the API',
      'nodes.json',
      JSON.stringify({
        data: {
          activeTargets: [
            { discoveredLabels: { __address__: 'a:1' }, scrapePool: 'node' },
            { discoveredLabels: { __address__: 'b:1' }, scrapePool: 'x' },
          ],
          droppedTargets: [],
        },
      }),
    ],
  ])('may be %s', async (_, name, text) => {
    await folder.write(name, text)
    const tests = groups('{active: 1}').replace('nodes.json', name)
    expect((await run(tests)).out).toContain('1 passed')
  })

  it('may be groups in the test file', async () => {
    const inline = groups('{active: 1}').replace('nodes.json', '[{targets: ["a:1"], labels: {}}]')
    expect((await run(inline)).out).toContain('1 passed')
  })

  it('may be a snapshot, of which it takes the groups of the job', async () => {
    const mechanism = { name: 'x', key: 'x', section: { encode: () => ({}) } } as never
    const section = sectionOf('scrape', 'x/0', { mechanism, config: {} }, ['node'])
    const other = { ...section, provider: 'x/1', fingerprint: 'other', sets: ['other'] }
    const header = { by: 'test', at: '2026-01-01T00:00:00Z', redacted: [] }
    await writeSnapshotFile(
      folder.path('nodes.muster'),
      snapshotLines(header, [
        { section, groups: [groupOf('a:1'), groupOf('b:1')] },
        { section: other, groups: [groupOf('c:1')] },
      ]),
    )
    const tests = groups('{active: 2}').replace('nodes.json', 'nodes.muster')
    expect((await run(tests)).out).toContain('1 passed')
    const none = tests.replace('nodes.muster', 'none.muster')
    expect(await run(none)).toMatchObject({ code: 2 })
  })

  it.each([
    ['is not there', undefined, 'open nodes.json: no such file or directory'],
    ['is no JSON', '[{', 'nodes.json: '],
    ['has other targets', '[{"targets": 1}]', 'nodes.json: '],
  ])('that %s is named, and the exit code is 2', async (_, text, message) => {
    if (text === undefined) await unlink(folder.path('nodes.json')).catch(() => undefined)
    else await folder.write('nodes.json', text)
    const { code, out } = await run(groups('{active: 1}'))
    expect([code, out]).toEqual([2, expect.stringContaining(message)])
    expect(out).toContain('a.muster-test.yml:4:5: ')
  })

  it('is compared with a golden file, which --update writes', async () => {
    await folder.write('nodes.json', nodes)
    await unlink(folder.path('golden.json')).catch(() => undefined)
    const tests = groups('{golden: golden.json}')
    expect((await run(tests)).code).toBe(2)
    expect((await run(tests, '--update')).out).toContain('updated golden.json')
    expect((await run(tests)).out).toContain('1 passed')
    const golden = JSON.parse(await readFile(folder.path('golden.json'), 'utf8')) as unknown[]
    expect(golden).toHaveLength(3)
    expect(golden[2]).toMatchObject({ discoveredLabels: { stage: 'test' }, labels: {} })
    await folder.write('nodes.json', nodes.replace('b:1', 'd:1').replace('web', 'api'))
    const { code, out } = await run(tests)
    expect(code).toBe(1)
    expect(out).toContain('2 only in the golden:\n      - target __address__="a:1"')
    expect(out).toContain('2 not in the golden:')
  })
})

describe('--update', () => {
  const layout = `tests:
  # What stays as it is: comments,
  - name: flow   # behind a name
    labels: {__address__: 'a:1', __meta_service: "web"}
    expect: {labels: {job: node, instance: 'a:1',   service: 'api'}}  # layout
  - name: block
    labels: {__address__: "a:1", __meta_service: web, zone: eu}
    expect:
      # the team's labels
      labels:
        job: "node"   # the job
        instance: a:1
        gone: x
        service: api
      url: http://b:1/
  - {name: dropped, labels: {__address__: a:1, stage: test}, expect: {dropped: {rule: 3}}}
  - {name: kept, labels: {__address__: a:1}, expect: {dropped: true}}
  - name: kept in a block
    labels: {__address__: a:1}
    expect:
      dropped:
        rule: 1
  - name: new
    labels: {__address__: a:1, bad: "yes"}   # without expectation
  - name: include
    labels: {__address__: a:1, x: y}
    expect: {include: {service: web}, absent: [x]}
  - name: table
    columns: [__meta_service, service, result]
    labels: {__address__: a:1}
    expect_column: result
    rows:
      - [web, api, keep]   # a row
      - [web, ~, drop]
`

  it('writes what there is, and leaves comments and layout', async () => {
    const { code, out } = await run(layout, '--update')
    expect([code, out]).toEqual([0, expect.stringContaining('updated a.muster-test.yml\n9 passed')])
    expect(
      await readFile(folder.path('a.muster-test.yml'), 'utf8'),
    ).toBe(`config_file: prometheus.yml
job: node
tests:
  # What stays as it is: comments,
  - name: flow   # behind a name
    labels: {__address__: 'a:1', __meta_service: "web"}
    expect: {labels: {job: node, instance: 'a:1',   service: 'web'}}  # layout
  - name: block
    labels: {__address__: "a:1", __meta_service: web, zone: eu}
    expect:
      # the team's labels
      labels:
        job: "node"   # the job
        instance: a:1
        service: web
        zone: eu
      url: "http://a:1/metrics?module=http"
  - {name: dropped, labels: {__address__: a:1, stage: test}, expect: {dropped: {rule: 1}}}
  - {name: kept, labels: {__address__: a:1}, expect: {labels: {instance: "a:1", job: node}}}
  - name: kept in a block
    labels: {__address__: a:1}
    expect: {labels: {instance: "a:1", job: node}}
  - name: new
    labels: {__address__: a:1, bad: "yes"}   # without expectation
    expect: {fails: "error parsing scrape interval: not a valid duration string: \\"never\\""}
  - name: include
    labels: {__address__: a:1, x: y}
    expect: {include: {x: "y"}, absent: [service]}
  - name: table
    columns: [__meta_service, service, result]
    labels: {__address__: a:1}
    expect_column: result
    rows:
      - [web, web, keep]   # a row
      - [web, web, keep]
`)
  })

  it('leaves a file alone in which everything is met', async () => {
    const tests = one(kept, '{active: true}')
    expect((await run(tests, '--update')).out).not.toContain('updated')
  })

  it('writes the numbers of a fixture', async () => {
    await folder.write('n.json', '[{"targets": ["a:1"]}]')
    await run(
      'tests:\n  - {name: n, groups: n.json, expect: {active: 7, dropped: 9}}\n  - {name: m, groups: n.json}\n',
      '--update',
    )
    const text = await readFile(folder.path('a.muster-test.yml'), 'utf8')
    expect(text).toContain('- {name: n, groups: n.json, expect: {active: 1, dropped: 0}}')
    expect(text).toContain('- {name: m, groups: n.json, expect: {active: 1, dropped: 0}}')
  })

  it('writes the file that a link leads to', async () => {
    await folder.write('prometheus.yml', config)
    const real = await folder.write(
      'real.yml',
      `config_file: prometheus.yml\njob: node\n${one(kept, '{dropped: true}')}`,
    )
    await unlink(folder.path('link.muster-test.yml')).catch(() => undefined)
    await symlink(real, folder.path('link.muster-test.yml'))
    expect((await muster(folder.path('link.muster-test.yml'), '--update')).code).toBe(0)
    expect(await readFile(real, 'utf8')).toContain('service: web')
  })

  it('says what it cannot change, and that fails still', async () => {
    const tests = `tests:\n  - {name: t, columns: [__meta_service, result], expect_column: result, rows: [[web, keep]], labels: {__address__: a:1}, expect: {include: {a: b}}}\n`
    const { code, out } = await run(tests, '--update')
    expect([code, out]).toEqual([1, expect.stringContaining('- a="b"')])
  })
})

describe('reporters', () => {
  const tests = `tests:
  - {name: "good <&> one", labels: ${kept}, expect: {active: true}}
  - {name: "bad, one: 50%", labels: ${kept}, expect: {dropped: true}}
`

  it('TAP has a block for what failed', async () => {
    const { out } = await run(tests.replace('50%', '#1'), '--reporter=tap')
    expect(out).toContain(
      'not ok 2 - a.muster-test.yml: bad, one: \\#1\n  ---\n  message: |\n    a.muster-test.yml:5:5\n',
    )
    expect(out).toContain('  ...\n')
  })

  it('JUnit has suites and cases, on stdout or in a file', async () => {
    const file = folder.path('junit.xml')
    const { out } = await run(tests, '--reporter=junit', `--junit=${file}`)
    expect(out).toContain('<testsuite name="a.muster-test.yml" tests="2" failures="1" errors="0">')
    expect(out).toContain(
      '<testcase name="good &lt;&amp;&gt; one" classname="a.muster-test.yml" file="a.muster-test.yml" line="4"/>',
    )
    expect(out).toContain('<failure message="expected: dropped">')
    const written = await readFile(file, 'utf8')
    expect(shown(written)).toBe(out)
  })

  it('a JUnit file that cannot be written ends it with 2', async () => {
    const { code, err } = await run(tests, `--junit=${folder.path('none/x.xml')}`)
    expect([code, err]).toEqual([
      2,
      'muster test: none/x.xml cannot be written: no such file or directory\n',
    ])
  })

  it('JSON has everything', async () => {
    const { out } = await run(tests, '--reporter=json', '--coverage')
    const report = JSON.parse(out) as Record<string, unknown>
    expect(report).toMatchObject({
      passed: 1,
      failed: 1,
      broken: 0,
      files: [
        {
          file: 'a.muster-test.yml',
          tests: [
            { result: 'passed', line: 4 },
            { result: 'failed', name: 'bad, one: 50%' },
          ],
        },
      ],
      coverage: { covered: 1 / 6, rules: { length: 6 } },
    })
  })

  it('GitHub has annotations', async () => {
    const { out } = await run(tests, '--reporter=github')
    expect(out).toMatch(
      /^::error file=a\.muster-test\.yml,line=5,col=5,title=bad%2C one%3A 50%25:: +expected: dropped%0A/m,
    )
    expect(out).toContain('1 passed, 1 failed, 0 could not be run')
  })
})

describe('coverage', () => {
  const tests = `tests:
  - {name: a, labels: ${kept}, expect: {active: true}}
`

  it('lists rules that no case reaches, that never match, and that change nothing', async () => {
    const { code, out } = await run(tests, '--coverage')
    expect(code).toBe(0)
    expect(out).toBe(
      `✓ a.muster-test.yml: 1 of 1 passed
rules: 6, ran 4, matched 1, decided 1
  prometheus.yml:4:9: job "node", relabel_configs, rule 1: never matches
  prometheus.yml:9:9: job "node", relabel_configs, rule 3: never matches
  prometheus.yml:12:9: job "node", relabel_configs, rule 4: never matches
  prometheus.yml:17:9: job "node, metrics", metric_relabel_configs, rule 1: no case reaches it
  prometheus.yml:24:11: alertmanagers 0, relabel_configs, rule 1: no case reaches it
coverage: 16.6% of the rules decided something
1 passed
`.replace('"node, metrics"', '"node", metrics'),
    )
  })

  it('ends with 1 below --min-coverage', async () => {
    expect((await run(tests, '--min-coverage=16%')).code).toBe(0)
    const { code, out } = await run(tests, '--min-coverage=17')
    expect([code, out]).toEqual([1, expect.stringContaining('1 passed, too few rules are covered')])
  })
})

describe('--golden', () => {
  it('takes what promtool printed, and finds its job by its labels', async () => {
    const prometheus = await folder.write('prometheus.yml', config)
    const common = {
      __metrics_path__: '/metrics',
      __scheme__: 'http',
      __scrape_interval__: '1m',
      __scrape_timeout__: '10s',
      job: 'node',
      __param_module: 'http',
    }
    const golden = [
      {
        discoveredLabels: { ...common, __address__: 'a:1', __meta_service: 'web' },
        labels: { ...common, __address__: 'a:1', instance: 'a:1', service: 'web' },
      },
      { discoveredLabels: { ...common, __address__: 'b:1', stage: 'test' }, labels: {} },
      { discoveredLabels: { ...common, __address__: 'c:1', bad: 'yes' }, labels: {}, error: {} },
    ]
    const file = await folder.write('golden.json', JSON.stringify(golden))
    const flags = [`--golden=${file}`, `--config.file=${prometheus}`]
    expect(await muster(...flags)).toMatchObject({
      code: 0,
      out: expect.stringContaining('3 passed') as string,
    })
    await folder.write(
      'golden.json',
      JSON.stringify(golden).replace('"instance":"a:1"', '"instance":"x"'),
    )
    const { code, out } = await muster(...flags)
    expect([code, out]).toEqual([
      1,
      expect.stringContaining('- instance="x"\n      + instance="a:1"'),
    ])
    expect((await muster(...flags, '--update')).code).toBe(0)
    expect((await muster(...flags)).code).toBe(0)
    expect((await muster(...flags, '--job=other')).out).toContain(
      '--job names job "other", which prometheus.yml does not have',
    )
  })

  it.each([
    ['no JSON', '{', 'golden.json: '],
    ['another JSON', '{}', 'golden.json: expected a list, as promtool prints one'],
    ['another list', '[1]', 'golden.json: element 0 is no object'],
  ])('refuses %s', async (_, text, message) => {
    const prometheus = await folder.write('prometheus.yml', config)
    const file = await folder.write('golden.json', text)
    const { code, out } = await muster(`--golden=${file}`, `--config.file=${prometheus}`)
    expect([code, out]).toEqual([2, expect.stringContaining(message)])
  })
})
