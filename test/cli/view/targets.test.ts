import { load } from 'js-yaml'
import { createServer } from 'node:http'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { widthOf } from '../../../src/cli/terminal/width.js'
import { group, job, Rig, rule } from '../../scrape/search/rig.js'
import { discovery, provider, type Served, serve, sources } from '../../web/helpers.js'
import { listen } from '../../helpers/listen.js'
import { run } from '../host.js'

const rig = new Rig()
const state: { served?: Served } = {}

beforeAll(async () => {
  rig.configure(
    job('node', {
      relabel_configs: [rule({ source_labels: ['env'], regex: 'test', action: 'drop' })],
      rule_places: [{ file: 'p.yml', line: 6, column: 9, path: '' }],
    }),
    job('many'),
  )
  await rig.put('node', {
    'file/0/a': group(
      'a',
      {},
      { __address__: '10.0.0.1:9100', env: 'prod', evil: '\u001B[2J\u202E', team: '支払い' },
      { __address__: '10.0.0.2:9100', env: 'test' },
      { __address__: 'bad/host' },
    ),
  })
  const targets = Array.from({ length: 1200 }, (_, i) => ({ __address__: `m-${String(i)}:1` }))
  await rig.put('many', { 'static/1/0': group('0', {}, ...targets) })
  const pools = {
    pools: () => rig.manager.pools(),
    pool: (name: string) => rig.manager.pool(name),
    configYaml: () => undefined,
    relabelSteps: () => undefined,
  }
  const trouble = provider({
    name: 'dns/2',
    mechanism: 'dns',
    sets: ['many', 'node'],
    state: 'failing',
    lastSuccess: undefined,
    lastError: { message: 'no such host\u001B[2J', kind: 'ENOTFOUND', at: 0 },
    nextTry: Date.now() + 90_000,
    targets: 0,
  })
  const well = provider({ sets: ['node'], lastSuccess: Date.now() - 5500, targets: 3 })
  state.served = await serve({
    ...sources(),
    pools,
    search: rig.search,
    discovery: discovery([well, trouble]),
  })
})
afterAll(async () => {
  await state.served?.stop()
  rig.stop()
})

async function muster(
  args: readonly string[],
  terminal: object = {},
): Promise<{ readonly code: number; readonly lines: readonly string[]; readonly stderr: string }> {
  const [command = '', ...rest] = args
  const ran = run([command, `--url=${state.served?.base ?? ''}`, ...rest], terminal)
  const code = await ran.code
  return { code, lines: ran.stdout().trimEnd().split('\n'), stderr: ran.stderr() }
}

describe('muster targets', () => {
  it('shows a table, with what is the matter with each target', async () => {
    expect(await muster(['targets', '--job=node'])).toEqual({
      code: 0,
      stderr: '',
      lines: [
        'STATE    JOB   TARGET                        LABELS',
        'active   node  http://10.0.0.1:9100/metrics  env="prod" evil="\\x1b[2J\\u202e" team="支払い"',
        'dropped  node  10.0.0.2:9100                 rule 1 (p.yml:6:9): drop',
        'failed   node  bad/host                      "bad/host" is not a valid hostname',
        '3 of 3 targets (1 active, 1 dropped, 1 failed)',
      ],
    })
  })

  it.each([40, 60, 80, 200])('fits a window of %i columns', async (columns) => {
    const { lines } = await muster(['targets', '--job=node'], { isTTY: true, columns, rows: 20 })
    for (const line of lines.slice(0, -1)) {
      const plain = stripVTControlCharacters(line)
      expect(widthOf(plain)).toBeLessThanOrEqual(Math.max(columns, 57))
    }
  })

  it('looks for several words and states', async () => {
    const { code, lines } = await muster(['targets', 'env=test', '10.0', '--state=dropped'])
    expect([code, lines.length]).toEqual([0, 3])
  })

  it('ends with 1 where nothing is found', async () => {
    expect(await muster(['targets', 'nothing'])).toMatchObject({
      code: 1,
      lines: ['0 of 1,203 targets'],
    })
  })

  it('gets more than the server gives at once', async () => {
    const { lines } = await muster(['targets', '--job=many', '--limit=1100', '-o', 'json'])
    const { items, matched } = JSON.parse(lines.join('\n')) as {
      readonly items: readonly { readonly id: string }[]
      readonly matched: number
    }
    expect([items.length, new Set(items.map(({ id }) => id)).size, matched]).toEqual([
      1100, 1100, 1200,
    ])
  })

  it('says that it shows only some', async () => {
    const { lines } = await muster(['targets', '--job=many', '--limit=2', '--sort=-address'])
    expect(lines.at(1)).toContain('m-9:1')
    expect(lines.at(-1)).toBe('1,200 of 1,200 targets (1,200 active); 2 are shown, see --limit')
  })

  it.each(['json', 'yaml'])('gives everything as %s', async (format) => {
    const { lines } = await muster(['targets', '-o', format, '--', '-m-'])
    const text = lines.join('\n')
    for (const evil of ['\u001B', '\u202E']) expect(text).not.toContain(evil)
    expect(format === 'json' ? JSON.parse(text) : load(text)).toMatchObject({
      matched: 3,
      byState: { active: 1 },
      items: [
        { pool: 'node', labels: { evil: '\u001B[2J\u202E' }, provider: 'file/0' },
        { rule: { number: 1, place: 'p.yml:6:9' } },
        { error: '"bad/host" is not a valid hostname' },
      ],
    })
  })

  it('counts the values of a label', async () => {
    const { lines } = await muster(['targets', '--group=env'])
    expect(lines).toEqual([
      'TARGETS  env',
      '  1,201  (none)',
      '      1  prod',
      '      1  test',
      '1,203 of 1,203 targets (1,201 active, 1 dropped, 1 failed)',
    ])
  })

  it.each<readonly [args: readonly string[], says: RegExp]>([
    [['a=~('], /the query "a=~\(", character 4: .*missing closing/],
    [['--state=up'], /Allowed choices are active, dropped/],
    [['--limit=0'], /it must be a whole number from 1/],
    [['-o', 'xml'], /Allowed choices are json, yaml, wide/],
    [['--watch=0s'], /it must be longer than 0/],
  ])('ends with 2 for %j', async (args, says) => {
    const { code, stderr } = await muster(['targets', ...args])
    expect(stderr).toMatch(says)
    expect(code).toBe(2)
  })

  it('ends with 3 when the server cannot be asked', async () => {
    const ran = run(['targets', '--url=http://127.0.0.1:1'])
    expect(await ran.code).toBe(3)
    expect(ran.stderr()).toMatch(/^muster targets: GET http.*ECONNREFUSED/)
  })
})

it.each([
  {
    title: 'another server',
    body: '{"status":"success","data":{"activeTargets":[]}}',
    says: 'it has no version',
  },
  { title: 'a page', body: '<html>', says: 'it begins "<html>"' },
])('muster targets takes the answer of $title for none of muster', async ({ body, says }) => {
  const { address } = await listen(createServer((_, response) => void response.end(body)))
  const ran = run(['targets', `--url=http://${address}`])
  expect(await ran.code).toBe(3)
  expect(ran.stderr()).toContain(`/targets/search: the answer is not one of muster: ${says}`)
})

describe('muster targets --watch', () => {
  it('draws in place on a terminal until Ctrl-C', async () => {
    const args = ['targets', '--job=node', '--watch=10ms', `--url=${state.served?.base ?? ''}`]
    const ran = run(args, { isTTY: true, columns: 100, rows: 4 })
    await expect.poll(() => ran.stdout().split('\u001B[J').length).toBeGreaterThan(2)
    ran.signals.emit('SIGINT')
    expect(await ran.code).toBe(0)
    const [first = '', second = ''] = ran.stdout().split('\u001B[J')
    expect(first.startsWith('\u001B[2J\u001B[H')).toBe(true)
    expect(second.startsWith('\u001B[H')).toBe(true)
    expect(second.split('\n')).toHaveLength(4)
    expect(second).toContain('…')
    expect(ran.signals.listenerCount('SIGINT')).toBe(0)
  })

  it('shows changes only where it is no terminal, and ends when its reader has gone', async () => {
    const args = ['targets', '--job=node', '--watch=10ms', `--url=${state.served?.base ?? ''}`]
    const facts = { lost: 0 }
    const ran = run(args, facts)
    await expect.poll(() => ran.stdout()).toContain('3 of 3 targets')
    await rig.put('node', { 'file/0/b': group('b', {}, { __address__: 'new:1' }) })
    await expect.poll(() => ran.stdout()).toContain('4 of 4 targets')
    expect(ran.stdout().match(/STATE/g)).toHaveLength(2)
    ran.signals.emit('SIGTERM')
    expect(await ran.code).toBe(0)
    await rig.put('node', { 'file/0/b': undefined })
    const lost = run(args, { lost: 1 })
    expect(await lost.code).toBe(3)
  })
})

describe('muster providers', () => {
  it('shows those in trouble first', async () => {
    const { code, lines } = await muster(['providers'])
    expect(code).toBe(0)
    expect(lines).toEqual([
      expect.stringMatching(
        /^PROVIDER {2,}STATE {2,}TARGETS {2,}LAST ANSWER {2,}NEXT TRY {2,}JOBS/,
      ),
      expect.stringMatching(
        /^dns\/2 +failing +0 +never +in 1m +many, node +no such host\\x1b\[2J$/,
      ),
      expect.stringMatching(/^static\/0 +running +3 +\d+[sm] ago +node$/),
      '2 of 2 providers, 1 in trouble',
    ])
  })

  it('filters, and ends with 1 where none is found', async () => {
    expect((await muster(['providers', '--state=failing'])).lines).toHaveLength(3)
    expect((await muster(['providers', '--job=many'])).lines).toHaveLength(3)
    expect(await muster(['providers', '--job=x'])).toMatchObject({
      code: 1,
      lines: ['0 of 2 providers'],
    })
  })

  it('gives everything as JSON, and every column', async () => {
    const { lines } = await muster(['providers', '-o', 'json'])
    expect(JSON.parse(lines.join('\n'))).toMatchObject({
      providers: [{ name: 'dns/2', lastError: { kind: 'ENOTFOUND' } }, { name: 'static/0' }],
      guarded: [],
    })
    const wide = await muster(['providers', '-o', 'wide'])
    expect(wide.lines[0]).toContain('REQUESTS')
  })
})
