import { execFile } from 'node:child_process'
import { EventEmitter } from 'node:events'
import http from 'node:http'
import { Writable } from 'node:stream'
import { NEVER, Observable, of, startWith, throwError } from 'rxjs'
import { describe, expect, it } from 'vitest'
import { discoverOnce } from '../../src/cli/check/discover-once.js'
import type { Host } from '../../src/cli/host.js'
import { runProgram } from '../../src/cli/program.js'
import type { DiscoveryConfig, Finding, TargetGroup } from '../../src/discovery/index.js'
import { FakeClock, handDiscoverer } from '../../src/testing/discovery/index.js'
import { anyValue } from '../../src/yaml/index.js'
import { useFolder } from '../config/folder.js'
import { listen } from '../helpers/listen.js'
import { describeWithPeers, requirePeer } from '../helpers/peers.js'
import { FakeConsul } from '../mechanisms/consul/fake-consul.js'

const folder = useFolder()

class Text extends Writable {
  text = ''
  override _write(chunk: Buffer, _: string, done: () => void): void {
    this.text += chunk.toString()
    done()
  }
}

interface Said {
  readonly code: number
  readonly out: string
  readonly err: string
}

async function muster(...args: readonly string[]): Promise<Said> {
  const [stdout, stderr] = [new Text(), new Text()]
  const host: Host = {
    env: {},
    stdout,
    stderr,
    lostLogLines: () => 0,
    signals: new EventEmitter(),
    ready: () => undefined,
    exitSoon: () => undefined,
    exit() {
      throw new Error('the program ended the process')
    },
  }
  const code = await runProgram(['check', 'service-discovery', ...args], host)
  return { code, out: stdout.text, err: stderr.text }
}

const group = (source: string, ...addresses: readonly string[]): TargetGroup => ({
  source,
  labels: {},
  targets: addresses.map((__address__) => ({ __address__ })),
})

/** These findings, and then nothing more. */
function goingOn(...findings: readonly Finding[]): Observable<Finding> {
  return NEVER.pipe(startWith(...findings))
}

/** A provider of which the test says what it finds. */
function source(name: string, findings: Observable<Finding>): DiscoveryConfig {
  const mechanism = { name, key: `${name}_sd_configs`, section: anyValue }
  return { mechanism: { ...mechanism, create: () => ({ findings: () => findings }) }, config: {} }
}

describe('discovering once', () => {
  it.each([
    {
      title: 'ends when every provider has answered',
      sources: [
        source('a', of({ groups: [group('1', 'x')], complete: true })),
        source('b', goingOn({ groups: [group('2', 'y')] }, { complete: true })),
      ],
      found: ['1', '2'],
      unanswered: [],
    },
    {
      title: 'takes what a provider found before the time is over, and says that it goes on',
      sources: [source('a', goingOn({ groups: [group('1', 'x')] }))],
      found: ['1'],
      unanswered: [['a/0', undefined]],
    },
    {
      title: 'says the last error of one that fails',
      sources: [
        source(
          'a',
          throwError(() => new Error('no way')),
        ),
      ],
      found: [],
      unanswered: [['a/0', 'no way']],
    },
    {
      title: 'does not wait for one that says that trying again cannot help',
      sources: [
        source(
          'a',
          throwError(() => Object.assign(new Error('no'), { permanent: true })),
        ),
      ],
      found: [],
      unanswered: [['a/0', 'no']],
    },
    {
      title: 'does not wait for files that cannot be read',
      sources: [source('file', goingOn({ trouble: { error: new Error('bad') } }))],
      found: [],
      unanswered: [['file/0', 'bad']],
    },
    {
      title: 'forgets an error that is over',
      sources: [source('a', goingOn({ trouble: { error: new Error('x') } }, { complete: true }))],
      found: [],
      unanswered: [],
    },
    { title: 'finds nothing where nothing is configured', sources: [], found: [], unanswered: [] },
  ])('$title', async ({ sources, found, unanswered }) => {
    const clock = new FakeClock()
    const done = discoverOnce(sources, 'job', {
      timeoutMs: 30_000,
      waitsFull: false,
      scheduler: clock,
      random: () => 0,
    })
    clock.advance(30_000)
    const result = await done
    expect(result.groups.map(({ source: name }) => name)).toEqual(found)
    expect(result.unanswered.map(({ provider, reason }) => [provider, reason])).toEqual(unanswered)
  })

  it('asks again after an error, as the daemon does, and frees everything', async () => {
    const clock = new FakeClock()
    let asked = 0
    const findings = new Observable<Finding>((subscriber) => {
      asked += 1
      if (asked < 3) subscriber.error(new Error('not yet'))
      else subscriber.next({ groups: [group('1', 'x')], complete: true })
    })
    const options = { timeoutMs: 30_000, waitsFull: false, scheduler: clock, random: () => 0 }
    const done = discoverOnce([source('a', findings)], 'job', options)
    clock.advance(29_000)
    expect((await done).unanswered).toEqual([])
    expect(asked).toBe(3)
    expect(clock.pending).toBe(0)
  })

  it('takes every version of a group where it is to wait for all of the time', async () => {
    const clock = new FakeClock()
    const hand = handDiscoverer()
    const one = source('a', hand.findings())
    const options = { timeoutMs: 30_000, waitsFull: true, scheduler: clock }
    const done = discoverOnce([one], 'job', options)
    hand.emit(group('1', 'x'))
    hand.emit(group('1', 'y'))
    clock.advance(30_000)
    expect((await done).groups).toEqual([group('1', 'x'), group('1', 'y')])
    expect(hand.subscribers).toBe(0)
  })
})

/** A config with one job, of every kind that promtool has and that needs nothing but this machine. */
async function writeJob(rest: string): Promise<string> {
  return folder.write('prometheus.yml', `scrape_configs:\n- job_name: a b\n${rest}`)
}

describe('muster check service-discovery', () => {
  it('ends at once with the targets of a Consul, sorted', async () => {
    const consul = await FakeConsul.listen()
    try {
      consul.set('web', [
        { id: 'w2', port: 2 },
        { id: 'w1', port: 1 },
      ])
      const server = `127.0.0.1:${String(consul.port)}`
      const file = await writeJob(`  consul_sd_configs: [{server: "${server}"}]\n`)
      const { code, out, err } = await muster(file, 'a b')
      expect([code, err]).toEqual([0, ''])
      const ports = (JSON.parse(out) as { labels: Record<string, string> }[]).map(
        ({ labels }) => labels['__address__']?.split(':')[1],
      )
      expect(ports).toEqual(['1', '2'])
    } finally {
      await consul.close()
    }
  })

  it('says which rule dropped a target, and where it stands, when it is to explain', async () => {
    const file = await writeJob(
      '  static_configs: [{targets: [x, y]}]\n  relabel_configs:\n  - {source_labels: [__address__], regex: y, action: drop}\n',
    )
    const { out } = await muster(file, 'a b', '--explain')
    const rules = (JSON.parse(out) as { rule?: object }[]).map(({ rule }) => rule)
    expect(rules).toEqual([undefined, { number: 1, action: 'drop', place: `${file}:5:5` }])
    expect((await muster(file, 'a b')).out).not.toContain('"rule"')
  })

  it('ends with 1 where a provider does not answer, and says which one and why', async () => {
    const file = await writeJob('  file_sd_configs: [{files: [bad.json, good.json]}]\n')
    const bad = await folder.write('bad.json', '{')
    await folder.write('good.json', '[{"targets": ["x"]}]')
    const { code, out, err } = await muster(file, 'a b')
    expect(code).toBe(1)
    expect(JSON.parse(out)).toHaveLength(1)
    expect(err).toBe(
      `file/0 did not answer in full: ${bad}: the top level must be a list of groups\n`,
    )
  })

  it('escapes what a terminal would obey', async () => {
    const file = await writeJob('  file_sd_configs: [{files: [odd.json]}]\n')
    await folder.write(
      'odd.json',
      String.raw`[{"targets": ["x"], "labels": {"a": "\u009b2J\u202e"}}]`,
    )
    const { out } = await muster(file, 'a b')
    expect(out).toContain(String.raw`"a": "\u009b2J\u202e"`)
  })

  it.each([
    ['no config', []],
    ['no job', ['p.yml']],
    ['a timeout of nothing', ['p.yml', 'a', '--timeout=0s']],
  ])('ends with 2 for %s', async (_, args) => {
    expect((await muster(...args)).code).toBe(2)
  })
})

interface Case {
  readonly title: string
  readonly config: string
  readonly job?: string
}

const statics = '  static_configs:\n'
const cases: readonly Case[] = [
  {
    title: 'static targets, equal ones and a broken one',
    config: `${statics}  - {targets: [x, x, "y:2"], labels: {e: f}}\n  - {targets: [a b, x]}\n  relabel_configs: [{source_labels: [__address__], regex: "y:2", action: drop}]\n`,
  },
  {
    title: 'targets that cannot be made',
    config: `${statics}  - {targets: [x/y, z]}\n  relabel_configs: [{source_labels: [none], regex: x, action: drop}]\n`,
  },
  { title: 'no targets', config: '' },
  {
    title: 'all targets dropped',
    config: `${statics}  - {targets: [x]}\n  relabel_configs: [{action: drop}]\n`,
  },
  {
    title: 'parameters, a path, a scheme, labels with two underscores',
    config:
      `  metrics_path: /p\n  scheme: https\n  params: {module: [m, n]}\n${statics}  - {targets: [x], labels: {__meta_a: b, __tmp: c, __param_module: d, a<b>: "&"}}\n`.replace(
        'a<b>: "&"',
        'ab: "<&>"',
      ),
  },
  {
    title: 'files with groups of several sources, some of them equal',
    config: '  file_sd_configs: [{files: ["*.json", none.yml]}]\n',
  },
  { title: 'an HTTP server', config: '  http_sd_configs: [{url: "http://{http}/sd"}]\n' },
  {
    title: 'several ways at once',
    config:
      '  file_sd_configs: [{files: ["*.json"]}]\n  http_sd_configs: [{url: "http://{http}/sd"}]\n',
  },
  {
    title: 'a server that fails',
    config: `  http_sd_configs: [{url: "http://{http}/fail"}]\n${statics}  - {targets: [x]}\n`,
  },
  { title: 'a job that there is not', config: '', job: 'none' },
  { title: 'a config that cannot be loaded', config: '  foo: 1\n' },
  { title: 'a file of jobs that cannot be loaded', config: 'scrape_config_files: [jobs.yml]\n' },
  {
    title: 'a mechanism that cannot be built',
    config: '  http_sd_configs: [{url: "http://{http}/sd", tls_config: {ca_file: none.pem}}]\n',
  },
]

describeWithPeers('check service-discovery of muster and of promtool', ['promtool'], () => {
  it.each(cases)('say the same of $title', async ({ config, job = 'a b' }) => {
    const groups = JSON.stringify([
      { targets: ['h:1', 'h:2'], labels: { x: 'y' } },
      { targets: ['h:1'], labels: { x: 'y' } },
    ])
    const { address } = await listen(
      http.createServer((request, response) => {
        if (request.url === '/fail') response.statusCode = 500
        response.setHeader('Content-Type', 'application/json').end(groups)
      }),
    )
    const file = await writeJob(config.replace('{http}', address))
    await folder.write('a.json', groups)
    await folder.write('b.json', '[{"targets": ["h:1", "h:1"], "labels": {"x": "y"}}]')
    await folder.write('jobs.yml', 'scrape_configs: [{}]\n')
    const theirs = await new Promise<Said>((resolve) => {
      const args = ['check', 'service-discovery', '--timeout=1s', file, job]
      execFile(requirePeer('promtool'), args, (error, out, err) => {
        resolve({ code: Number(error?.code ?? 0), out, err })
      })
    })
    const ours = await muster('--timeout=1s', file, job)
    expect(comparable(ours.out)).toEqual(comparable(theirs.out))
    // A provider that does not answer is no success here.
    expect(ours.code).toBe(config.includes('/fail') ? 1 : theirs.code)
    // The system's own words for its error may follow.
    if (theirs.code !== 0) expect(headOf(ours.err)).toEqual(headOf(theirs.err))
  })
})

/** The results without their order, which promtool's have by chance, and without the texts of errors. */
function comparable(out: string): readonly string[] {
  if (out === '') return []
  const results = JSON.parse(out) as readonly { readonly error?: unknown }[]
  return results
    .map((result) => JSON.stringify(result.error === undefined ? result : { ...result, error: {} }))
    .sort()
}

function headOf(err: string): readonly string[] {
  return (err.split('\n')[0] ?? '').split(': ').slice(0, 2)
}
