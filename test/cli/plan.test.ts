import { EventEmitter } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { Writable } from 'node:stream'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Host } from '../../src/cli/host.js'
import { markdownText } from '../../src/cli/plan/markdown.js'
import { runProgram } from '../../src/cli/program.js'
import { daemon, type DaemonGroup } from '../../src/daemon/index.js'
import type { Plan } from '../../src/plan/index.js'
import { Workspace } from '../helpers/daemon.js'
import { listen } from '../helpers/listen.js'
import { until } from '../helpers/until.js'

interface Answer {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

class Collected extends Writable {
  text = ''

  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.text += chunk.toString()
    done()
  }
}

async function muster(...args: readonly string[]): Promise<Answer> {
  const [stdout, stderr] = [new Collected(), new Collected()]
  const host: Host = {
    env: {},
    stdout,
    stderr,
    lostLogLines: () => 0,
    signals: new EventEmitter(),
    exit: () => {},
    ready: () => undefined,
    exitSoon: () => {},
  }
  const code = await runProgram(args, host)
  return { code, stdout: stdout.text, stderr: stderr.text }
}

const workspace = new Workspace()
const at = (name: string): string => workspace.path(name)
const oldConfig = `
scrape_configs:
- job_name: node
  file_sd_configs: [{files: ['t.json']}]
- job_name: other
  static_configs: [{targets: ['o:1']}]
alerting:
  alertmanagers: [{static_configs: [{targets: ['127.0.0.1:1']}]}]
`
const rules = `
  relabel_configs:
  - {source_labels: [env], regex: test, action: drop}
  - {target_label: team, replacement: a}
`
const newConfig = oldConfig.replace("['t.json']}]", `['t.json']}]${rules.trimEnd()}`)
const otherFile = oldConfig.replace('t.json', 'u.json')

beforeAll(async () => {
  workspace.write('old.yml', oldConfig)
  workspace.write('new.yml', newConfig)
  workspace.write('u.yml', otherFile)
  const targets = [
    { targets: ['a:1', 'b:1'], labels: { env: 'prod' } },
    { targets: ['c:1'], labels: { env: 'test', secret: 'hunter2' } },
  ]
  workspace.write('t.json', JSON.stringify(targets))
  workspace.write('u.json', JSON.stringify(targets.slice(1)))
  const made = await muster('record', `--config.file=${at('old.yml')}`, `--out=${at('s')}`)
  expect(made).toEqual({
    code: 0,
    stdout: `${at('s')}: 3 providers, 4 groups, 5 targets\n`,
    stderr: '',
  })
})

afterAll(() => workspace.remove())

const plan = (...args: readonly string[]): Promise<Answer> =>
  muster('plan', at('old.yml'), at('new.yml'), `--snapshot=${at('s')}`, ...args)

describe('muster plan', () => {
  it('says what changes, each with the rule and its place', async () => {
    const { code, stdout, stderr } = await plan()
    expect(stdout.split('\n')).toEqual([
      '1 job changes: -1 target, +0, 2 relabelled',
      '',
      'job "node": 3 → 2 targets, 1 removed, 2 relabelled',
      `  rule 1 (${at('new.yml')}:6:5) removes 1`,
      `  - http://c:1/metrics {env="test", instance="c:1", job="node", secret="hunter2"}: dropped by rule 1 (${at('new.yml')}:6:5)`,
      '  ~ http://a:1/metrics',
      `      team: none → "a", rule 2 (${at('new.yml')}:7:5)`,
      '  ~ http://b:1/metrics',
      `      team: none → "a", rule 2 (${at('new.yml')}:7:5)`,
      '',
      '= 1 job unchanged',
      '',
    ])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  })

  it('lists no more than --top', async () => {
    expect((await plan('--top=1')).stdout).toContain('… and 1 more')
    expect((await plan('--top=0')).stdout).not.toContain('http://')
  })

  const codes: readonly (readonly [args: readonly string[], code: number])[] = [
    [[], 0],
    [['--max-removed=1'], 0],
    [['--max-removed=0'], 1],
    [['--max-removed=33%'], 1],
    [['--max-removed=34%'], 0],
    [['--max-removed=0', '--allow-job=node'], 0],
    [['--max-added=0'], 0],
    [['--detailed-exitcode'], 4],
    [['--detailed-exitcode', '--max-removed=0'], 1],
    [['--detailed-exitcode', '--job=other'], 0],
    [['--max-removed=many'], 2],
    [['--job=none'], 2],
    [['--url=http://127.0.0.1:1'], 2],
    [['--format=xml'], 2],
  ]
  it.each(codes)('with %j ends with %i', async (args, code) => {
    expect((await plan(...args)).code).toBe(code)
  })

  it('ends with 0 for a config that stays, and prints that nothing changes', async () => {
    const same = ['plan', at('old.yml'), at('old.yml'), `--snapshot=${at('s')}`]
    const { code, stdout } = await muster(...same, '--detailed-exitcode')
    expect(code).toBe(0)
    expect(stdout).toBe('Nothing changes.\n\n= 2 jobs unchanged\n')
  })

  it('is JSON for programs', async () => {
    const { stdout } = await plan('--format=json')
    expect(JSON.parse(stdout)).toMatchObject({
      totals: { removed: 1, relabelled: 2 },
      unchangedJobs: 1,
      jobs: [{ job: 'node', same: 0 }],
    })
  })

  it('is annotations at the rules for GitHub', async () => {
    const { stdout } = await plan('--format=github', '--max-removed=0')
    expect(stdout.split('\n')).toEqual([
      '::notice::1 job changes: -1 target, +0, 2 relabelled',
      `::warning file=${at('new.yml')},line=6,col=5::rule 1 removes 1 target of job "node"`,
      '::error::--max-removed=0: 1 targets are removed',
      '',
    ])
  })

  it('is a comment for a pull request', async () => {
    const { stdout } = await plan('--format=markdown', '--max-removed=0')
    const lines = stdout.split('\n')
    expect(lines[0]).toBe('**1 job changes: −1 target, +0, 2 relabelled**')
    expect(lines[1]).toBe('<!-- muster plan -->')
    expect(stdout).toContain('❌ `--max-removed=0: 1 targets are removed`')
    expect(stdout).toContain('| `node` | 3 | 2 | 1 | 0 | 2 | 0 | 0 |')
    expect(stdout).toContain(
      `- − \`http://c:1/metrics\`: \`dropped by rule 1 (${at('new.yml')}:6:5)\``,
    )
  })

  it('ends with 2 for a provider that the snapshot does not have, unless told', async () => {
    const files = ['plan', at('old.yml'), at('u.yml'), `--snapshot=${at('s')}`]
    const refused = await muster(...files)
    expect(refused.code).toBe(2)
    expect(refused.stderr).toContain('file of "node": the snapshot does not have it')
    expect(refused.stderr).toContain('--missing=ask')
    const ignored = await muster(...files, '--missing=ignore', '--format=json')
    expect(ignored).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(ignored.stdout)).toMatchObject({ totals: { removed: 3 }, unknown: [{}] })
    const asked = await muster(...files, '--missing=ask', '--format=json')
    expect(asked).toMatchObject({ code: 0, stderr: '' })
    const { totals, unknown } = JSON.parse(asked.stdout) as Plan
    expect({ totals, unknown }).toMatchObject({ totals: { removed: 2, added: 0 }, unknown: [] })
  })

  it('says which file cannot be used, where and why', async () => {
    workspace.write('bad.yml', 'scrape_configs: [{job_name: a, bogus: 1}]')
    workspace.write('text', 'not a snapshot')
    const one = await muster('plan', at('old.yml'), at('bad.yml'), `--snapshot=${at('s')}`)
    expect(one.code).toBe(2)
    expect(one.stderr).toContain(`${at('bad.yml')}:1:32: scrape_configs[0].bogus`)
    const two = await muster('plan', at('old.yml'), at('none.yml'), `--snapshot=${at('s')}`)
    expect(two.code).toBe(2)
    expect(two.stderr).toContain(`open ${at('none.yml')}: no such file or directory`)
    const three = await muster('plan', at('old.yml'), at('new.yml'), `--snapshot=${at('text')}`)
    expect(three.code).toBe(2)
    expect(three.stderr).toBe(
      `muster plan: ${at('text')} is not a snapshot of muster: make one with muster record\n`,
    )
  })

  it('ends with 3 where the running muster cannot be asked', async () => {
    const { code, stderr } = await muster('plan', at('new.yml'), '--url=http://127.0.0.1:1')
    expect(code).toBe(3)
    expect(stderr).toContain('ECONNREFUSED')
  })
})

function planOf(...jobs: Plan['jobs']): Plan {
  return {
    totals: { added: 0, removed: 1, relabelled: 0, asked: 0, moved: 0 },
    unchangedJobs: 0,
    jobs,
    moved: [],
    alertmanagers: [],
    unknown: [],
  }
}

describe('a comment for a pull request', () => {
  const odd = 'a|b`c<img src=x>@you\u001b[31m\n'
  const target = {
    labels: { x: odd },
    scrapeUrl: `http://${odd}/`,
    scrapeInterval: '1m',
    scrapeTimeout: '10s',
  }
  const job = {
    job: odd,
    kind: 'changed',
    before: 1,
    after: 0,
    same: 0,
    counts: { added: 0, removed: 1, relabelled: 0, asked: 0, moved: 0 },
    failing: { before: 0, after: 0 },
    settings: [{ key: 'params', before: odd, after: null }],
    removedBy: [],
    added: [],
    removed: [{ ...target, reason: { kind: 'failed', fault: odd } }],
    changed: [],
    unknown: [],
  } as const
  it('has what others wrote in code alone', () => {
    const text = markdownText(planOf(job), 20, [])
    const outside = text.replace(/(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)/gs, '')
    expect(outside).not.toMatch(/<img|@you/)
  })

  it('has no more than 60,000 characters, and keeps what a bot finds it by', () => {
    const many = Array.from({ length: 3000 }, (_, i) => ({ ...job, job: `job-${String(i)}` }))
    const text = markdownText(planOf(...many), 20, [])
    expect(text.length).toBeLessThanOrEqual(60_000)
    expect(text.split('\n')[1]).toBe('<!-- muster plan -->')
    expect(text).toContain('The rest is left out')
  })
})

describe('muster record', () => {
  it('ends with 1 and writes the others when a provider does not answer', async () => {
    const dead = oldConfig.replace(
      'alerting:',
      "- job_name: dead\n  http_sd_configs: [{url: 'http://127.0.0.1:1/'}]\nalerting:",
    )
    const file = workspace.write('dead.yml', dead)
    const out = at('dead.muster')
    const { code, stdout, stderr } = await muster(
      'record',
      `--config.file=${file}`,
      `--out=${out}`,
      '--timeout=300ms',
    )
    expect(code).toBe(1)
    expect(stdout).toContain('3 providers')
    expect(stderr).toMatch(/^muster record: http\/[0-9] \(dead\) is not in it: .*ECONNREFUSED/)
    const said = await muster('plan', at('old.yml'), file, `--snapshot=${out}`)
    expect(said.code).toBe(2)
    expect(said.stderr).toContain('http of "dead": it was not recorded: ')
  })

  it('asks for some jobs only', async () => {
    const out = at('job.muster')
    const args = ['record', `--config.file=${at('old.yml')}`, `--out=${out}`]
    expect((await muster(...args, '--job=other')).stdout).toContain('1 provider, 1 group, ')
    const { code, stderr } = await muster(...args, '--job=none')
    expect(code).toBe(2)
    expect(stderr).toContain('has no job "none"')
  })

  it('replaces the values that are to be redacted, in labels and sources', async () => {
    const out = at('redacted.muster')
    const args = ['record', `--config.file=${at('old.yml')}`, `--out=${out}`, '--salt=x']
    const redact = ['--redact=secret', '--redact=__meta_filepath', '--redact=env=t.*']
    expect((await muster(...args, ...redact)).code).toBe(0)
    const text = gunzipSync(readFileSync(out)).toString()
    expect(text).not.toContain('hunter2')
    expect(text).not.toContain('t.json')
    expect(text).toMatch(/"secret":"h:[0-9a-f]{8}"/)
    expect(text).toContain('"env":"prod"')
    expect(text).not.toContain('"env":"test"')
  })

  it.each(['--redact==x', '--redact=a=(', '--timeout=0s', '--url=ftp://x'])(
    'ends with 2 for %s',
    async (flag) => {
      const { code } = await muster('record', `--out=${at('none')}`, flag)
      expect(code).toBe(2)
    },
  )

  it('says why it cannot write', async () => {
    const args = ['record', `--config.file=${at('old.yml')}`, `--out=${at('no/folder')}`]
    expect(await muster(...args)).toEqual({
      code: 1,
      stdout: '',
      stderr: `muster record: ${at('no/folder')} cannot be written: no such file or directory\n`,
    })
  })

  it('says that a server is no muster', async () => {
    const server = createServer((_, response) => response.writeHead(404).end())
    const { address } = await listen(server)
    const { code, stderr } = await muster(
      'record',
      `--out=${at('none')}`,
      `--url=http://${address}`,
    )
    expect(code).toBe(3)
    expect(stderr).toContain('the server answers 404: it is no muster')
  })
})

describe('beside a running muster', () => {
  const state: { group?: DaemonGroup; run?: Promise<unknown> } = {}
  const file = at('running.yml')
  const url = (): string => state.group?.urls[0]?.replace(/\/$/, '') ?? ''
  const dryRun = (query = 'dry_run=1'): Promise<Response> =>
    fetch(`${url()}/-/reload?${query}`, { method: 'POST' })

  beforeAll(async () => {
    writeFileSync(file, oldConfig)
    const group = daemon({
      configFile: file,
      web: { listenAddresses: ['127.0.0.1:0'], enableLifecycle: true },
    })
    state.group = group
    state.run = group.run()
    await until('every target is there', () => group.pools.pool('node')?.activeCount === 3)
  })

  afterAll(async () => {
    state.group?.interrupt('the end')
    await state.run
  })

  it('records the same groups as from the config', async () => {
    const out = at('url.muster')
    expect(await muster('record', `--url=${url()}`, `--out=${out}`)).toEqual({
      code: 0,
      stdout: `${out}: 3 providers, 4 groups, 5 targets\n`,
      stderr: '',
    })
  })

  it('compares a new config with what runs', async () => {
    writeFileSync(at('candidate.yml'), newConfig)
    const asked = await muster('plan', at('candidate.yml'), `--url=${url()}`, '--format=json')
    expect(asked).toMatchObject({ code: 0, stderr: '' })
    const { totals, alertmanagers } = JSON.parse(asked.stdout) as Plan
    expect(totals).toMatchObject({ removed: 1, relabelled: 2 })
    expect(alertmanagers).toEqual([])
  })

  const groups = async (query: string): Promise<string> =>
    (await fetch(`${url()}/api/v1/discovery/groups${query}`)).text()

  it('gives one manager or one set of the groups', async () => {
    expect(await groups('?manager=notify')).not.toContain('"scrape"')
    expect(await groups('?set=other')).toContain('o:1')
    expect(await groups('?set=other')).not.toContain('a:1')
    expect(await groups('?manager=x')).toContain('manager must be scrape or notify')
  })

  it('says in a dry run what a reload would do, and changes nothing', async () => {
    writeFileSync(file, newConfig)
    const answer = await dryRun()
    expect(answer.status).toBe(200)
    const plan = (await answer.json()) as Plan
    expect(plan.totals).toMatchObject({ removed: 1, relabelled: 2 })
    expect(plan.jobs[0]?.removed[0]?.reason).toEqual({
      kind: 'dropped',
      by: { rule: 1, config: 'after', place: `${file}:6:5` },
    })
    expect(state.group?.pools.pool('node')?.activeCount).toBe(3)
  })

  it('makes targets whose rules take long as the pools do', async () => {
    const long = 'x'.repeat(400_000)
    const jobWith = (name: string, action: string): string => `
- job_name: ${name}
  static_configs: [{targets: ['h:1'], labels: {a: ${long}}}]
  relabel_configs: [{source_labels: [a], regex: '(x+x+)+y', action: ${action}}]
`
    const jobs = `${jobWith('slow', 'drop')}${jobWith('none', 'keep')}`
    writeFileSync(file, oldConfig.replace('\nalerting:', `${jobs}alerting:`))
    const plan = (await (await dryRun()).json()) as Plan
    expect(plan.jobs).toMatchObject([
      { job: 'none', after: 0, failing: { before: 0, after: 0 } },
      { job: 'slow', after: 1, failing: { before: 0, after: 0 } },
    ])
  })

  it('answers a config that cannot be used as a failed reload does', async () => {
    writeFileSync(file, 'scrape_configs: [{job_name: a, bogus: 1}]')
    const dry = await dryRun()
    const said = await dry.text()
    expect(dry.status).toBe(500)
    expect(said).toContain(`${file}:1:32`)
    const real = await dryRun('')
    expect(await real.text()).toBe(said)
  })

  it('refuses what an Alertmanager cannot be reached with, as a reload does', async () => {
    writeFileSync(file, oldConfig.replace('[{static', '[{tls_config: {ca_file: none.pem}, static'))
    const dry = await dryRun()
    const said = await dry.text()
    expect(dry.status).toBe(500)
    const real = await dryRun('')
    expect(await real.text()).toBe(said)
  })

  it('names a provider that would be new, and what it is not known to find', async () => {
    writeFileSync(file, otherFile)
    const plan = (await (await dryRun()).json()) as Plan
    expect(plan.unknown).toMatchObject([{ mechanism: 'file', why: 'it does not run yet' }])
  })

  it('does not reload where dry_run is neither true nor false', async () => {
    writeFileSync(file, newConfig)
    const answer = await dryRun('dry_run=yes')
    expect(answer.status).toBe(400)
    expect(state.group?.pools.pool('node')?.activeCount).toBe(3)
  })

  it('does what the dry run said', async () => {
    expect((await dryRun('dry_run=false')).status).toBe(200)
    await until('the rule is in force', () => state.group?.pools.pool('node')?.activeCount === 2)
  })
})

it('knows the files of a running muster whose config was named by a relative path', async () => {
  const relative = path.relative('.', at('relative.yml'))
  writeFileSync(relative, oldConfig)
  const group = daemon({ configFile: relative, web: { listenAddresses: ['127.0.0.1:0'] } })
  const run = group.run()
  try {
    await until('every target is there', () => group.pools.pool('node')?.activeCount === 3)
    const url = group.urls[0] ?? ''
    const { code, stdout } = await muster('plan', relative, `--url=${url}`)
    expect({ code, stdout }).toEqual({
      code: 0,
      stdout: 'Nothing changes.\n\n= 2 jobs unchanged\n',
    })
  } finally {
    group.interrupt('the end')
    await run
  }
})
