import { execFileSync } from 'node:child_process'
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { StateStore } from '../../src/discovery/index.js'
import { Secret } from '../../src/yaml/index.js'
import { Harness, recordingLogger } from './harness.js'
import { group } from './scripted-mechanism.js'
import { FakeClock } from '../../src/testing/discovery/index.js'

const hour = 3_600_000

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'muster-state-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** Without the mark of the process that uses the folder. */
const files = (): readonly string[] =>
  readdirSync(folder)
    .filter((name) => name !== 'owner.json')
    .sort()

const from = (url: string) => ({ ...group('x', '1:80'), labels: { __meta_url: url } })

/** One run of a daemon with a state folder. */
class Run {
  readonly logged: string[] = []
  readonly scheduler = new FakeClock()
  readonly store: StateStore
  readonly h: Harness
  readonly #done: Promise<void>

  private constructor(at: string, now: number) {
    this.scheduler.frame = now
    this.store = new StateStore({
      folder: at,
      logger: recordingLogger(this.logged),
      scheduler: this.scheduler,
    })
    this.h = new Harness({ scheduler: this.scheduler, state: this.store.keeper('scrape') })
    this.#done = this.store.execute()
  }

  static async start(at = folder, now: number = Date.now()): Promise<Run> {
    const run = new Run(at, now)
    await run.store.load()
    return run
  }

  async end(): Promise<void> {
    this.h.manager.interrupt()
    this.store.interrupt()
    await this.#done
    expect(this.scheduler.pending).toBe(0)
  }
}

/** A run that leaves behind two groups of config `a`. */
async function earlier(): Promise<void> {
  const run = await Run.start()
  run.h.load({ job: ['a'] })
  run.h.mechanism.script('a').emit(group('x', '1:80'), group('y', '2:80'))
  await run.end()
}

describe('a start after an earlier run', () => {
  it('has the targets at once, marked stale, until the first answer replaces them', async () => {
    await earlier()
    const run = await Run.start()
    const { h } = run
    h.load({ other: ['a'] })
    expect(h.news()).toEqual(['other: scripted/0/x=1:80 scripted/0/y=2:80'])
    expect(h.manager.providers()[0]).toMatchObject({ state: 'starting', groups: 2 })
    expect(h.manager.providers()[0]?.staleSince).toBeGreaterThan(Date.now() - 60_000)
    run.scheduler.advance(1000)
    h.mechanism.script('a').emit(group('y', '2:80'), group('z', '3:80'))
    expect(h.news()).toEqual(['other: scripted/0/z=3:80 scripted/0/x=gone'])
    expect(h.manager.providers()[0]).toMatchObject({ state: 'running', staleSince: undefined })
    await run.end()
  })

  it('keeps them through failures, but not for ever', async () => {
    await earlier()
    const run = await Run.start()
    run.h.load({ job: ['a'] })
    run.h.mechanism.script('a').fail(new Error('down'))
    run.scheduler.advance(23 * hour)
    expect(run.h.seen.get('job')?.size).toBe(2)
    run.scheduler.advance(hour)
    expect(run.h.seen.get('job')?.size).toBe(0)
    await run.end()
  })

  it('begins with nothing for a config that was not there', async () => {
    await earlier()
    const run = await Run.start()
    run.h.load({ job: ['b'] })
    expect(run.h.news()).toEqual(['job:'])
    await run.end()
  })

  it.each([
    { name: 'older than a day', ageMs: 24 * hour + 60_000, isKept: false },
    { name: 'almost a day old', ageMs: 23 * hour, isKept: true },
    { name: 'from the future', ageMs: -100 * hour, isKept: true },
  ])('takes groups by their age: $name', async ({ ageMs, isKept }) => {
    await earlier()
    const then = new Date(Date.now() - ageMs)
    for (const name of files()) utimesSync(path.join(folder, name), then, then)
    const run = await Run.start()
    run.h.load({ job: ['a'] })
    expect(run.h.seen.get('job')?.size).toBe(isKept ? 2 : 0)
    expect(run.logged).toEqual([])
    expect(files().length).toBe(isKept ? 1 : 0)
    await run.end()
  })

  it.each([
    { name: 'empty', damage: () => '' },
    { name: 'cut off', damage: (text: string) => text.slice(0, -20) },
    { name: 'without its last line', damage: (t: string) => t.replace(/[^\n]*\n$/u, '') },
    { name: 'changed', damage: (text: string) => text.replace('1:80', '6:66') },
    { name: 'foreign', damage: () => '{"targets": []}\n' },
    { name: 'no JSON', damage: () => 'PK\u0003\u0004' },
    { name: 'newer', damage: (text: string) => text.replace('"version":1', '"version":2') },
  ])('ignores a file that is $name, with a warning', async ({ damage }) => {
    await earlier()
    const [name = ''] = files()
    const file = path.join(folder, name)
    writeFileSync(file, damage(readFileSync(file, 'utf8')))
    const run = await Run.start()
    run.h.load({ job: ['a'] })
    expect(run.h.news()).toEqual(['job:'])
    expect(run.logged.join('\n')).toMatch(/^warn Discovery state ignored: its? /u)
    run.h.mechanism.script('a').emit(group('x', '1:80'))
    await run.end()
    expect((await Run.start()).logged).toEqual([])
  })

  it('ignores a good file under the name of another', async () => {
    await earlier()
    const [name = ''] = files()
    writeFileSync(
      path.join(folder, `scrape-${'0'.repeat(32)}.state`),
      readFileSync(path.join(folder, name)),
    )
    expect((await Run.start()).logged).toEqual([
      'warn Discovery state ignored: it has the wrong name',
    ])
  })
})

describe('what is kept', () => {
  it('is written a while after a change, and once for many changes', async () => {
    const run = await Run.start()
    run.h.load({ job: ['a'] })
    run.h.mechanism.script('a').emit(group('x', '1:80'))
    run.scheduler.advance(9999)
    run.h.mechanism.script('a').emit(group('x', '2:80'))
    expect(files()).toEqual([])
    run.scheduler.advance(1)
    await vi.waitFor(() => expect(files().length).toBe(1))
    const [name = ''] = files()
    expect(statSync(path.join(folder, name)).mode & 0o777).toBe(0o600)
    expect(readFileSync(path.join(folder, name), 'utf8')).toContain('2:80')
    await run.end()
  })

  it('goes with its config', async () => {
    await earlier()
    const run = await Run.start()
    run.h.load({ job: ['a'] })
    run.h.mechanism.script('a').emit(group('x', '1:80'))
    run.h.load({ job: ['b'] })
    await run.end()
    expect(files()).toEqual([])
  })

  it('stays fresh while its provider is well, and only then', async () => {
    await earlier()
    const [name = ''] = files()
    const mtime = (): number => statSync(path.join(folder, name)).mtimeMs
    const old = new Date(Date.now() - 20 * hour)
    utimesSync(path.join(folder, name), old, old)
    const ill = await Run.start()
    ill.h.load({ job: ['a'] })
    ill.h.mechanism.script('a').fail(new Error('down'))
    await ill.end()
    expect(mtime()).toBeCloseTo(old.getTime(), -1)
    const well = await Run.start()
    well.h.load({ job: ['a'] })
    well.h.mechanism.script('a').emit(group('x', '1:80'), group('y', '2:80'))
    await well.end()
    expect(mtime()).toBeGreaterThan(Date.now() - hour)
  })

  it('is never a secret: not of the config, not of a label', async () => {
    const run = await Run.start()
    const { mechanism } = run.h
    const load = (...tokens: readonly string[]): void => {
      const list = tokens.map((token) => ({
        mechanism,
        config: { server: 'x', token: new Secret(token) },
      }))
      run.h.manager.prepare(new Map([['job', list as never]])).commit()
    }
    mechanism.create = () => ({ findings: () => mechanism.script('all').stream })
    load('hunter2')
    mechanism.script('all').emit(group('x', '1:80'))
    run.scheduler.advance(10_000)
    // Until then it is a draft.
    await vi.waitFor(() => expect(files()).toEqual([expect.stringMatching(/\.state$/)]))
    const [name = ''] = files()
    expect(name + readFileSync(path.join(folder, name), 'utf8')).not.toContain('hunter2')
    mechanism.script('all').emit(from('http://user:xxxxx@host/a@b'))
    run.scheduler.advance(10_000)
    await vi.waitFor(() => {
      expect(readFileSync(path.join(folder, name), 'utf8')).toContain('user:xxxxx@')
    })
    mechanism.script('all').emit(from('http://user:hunter2@host/path'))
    await run.end()
    expect(files()).toEqual([])
    expect(run.logged).toEqual(['warn Discovery state cannot be written: a label holds a password'])
  })

  it('is nothing where two configs differ in their secrets alone', async () => {
    const run = await Run.start()
    const { mechanism } = run.h
    const scripts = new Map<string, ReturnType<typeof mechanism.script>>()
    mechanism.create = ((config: { token: Secret }) => {
      const script = mechanism.script(config.token.reveal())
      scripts.set(config.token.reveal(), script)
      return { findings: () => script.stream }
    }) as never
    const list = ['one', 'two'].map((token) => ({
      mechanism,
      config: { token: new Secret(token) },
    }))
    run.h.manager.prepare(new Map([['job', list as never]])).commit()
    scripts.get('one')?.emit(group('x', '1:80'))
    scripts.get('two')?.emit(group('x', '2:80'))
    await run.end()
    expect(files()).toEqual([])
  })
})

describe('a folder that is of no use', () => {
  it('costs a warning and nothing else', async () => {
    const file = path.join(folder, 'file')
    writeFileSync(file, '')
    const run = await Run.start(path.join(file, 'below'))
    run.h.load({ job: ['a'] })
    run.h.mechanism.script('a').emit(group('x', '1:80'))
    run.scheduler.advance(10_000)
    expect(run.h.seen.get('job')?.size).toBe(1)
    await vi.waitFor(() => expect(run.logged.length).toBe(2))
    run.h.mechanism.script('a').emit(group('x', '2:80'))
    await run.end()
    expect(run.logged.map((line) => line.replace(/:.*/u, ''))).toEqual([
      'warn Discovery state cannot be read',
      'warn Discovery state cannot be written',
    ])
  })

  it('is tried again until it can be written to, though nothing changes', async () => {
    const below = path.join(folder, 'file', 'below')
    writeFileSync(path.dirname(below), '')
    const run = await Run.start(below)
    run.h.load({ job: ['a'] })
    run.h.mechanism.script('a').emit(group('x', '1:80'))
    run.scheduler.advance(10_000)
    await vi.waitFor(() => expect(run.logged.length).toBe(2))
    rmSync(path.dirname(below))
    await vi.waitFor(() => {
      run.scheduler.advance(10_000)
      expect(run.logged.at(-1)).toBe('info Discovery state is written again')
    })
    expect(run.logged).toHaveLength(3)
    expect(readdirSync(below)).toHaveLength(1)
    await run.end()
  })

  it('leaves no half-written file behind', async () => {
    const run = await Run.start()
    run.h.load({ job: ['a'] })
    const labels = { a: 'x'.repeat(300_000) }
    run.h.mechanism.script('a').emit(
      { ...group('x', '1:80'), labels },
      {
        ...group('y', '2:80'),
        labels: { __meta_url: 'ftp://u:p@h' },
      },
    )
    await run.end()
    expect(files()).toEqual([])
  })
})

const at = (name: string): string => path.join(folder, name)

describe('a folder that others write to as well', () => {
  it('has its links left alone: neither read, nor written through', async () => {
    await earlier()
    const [name = ''] = files()
    const outside = mkdtempSync(path.join(os.tmpdir(), 'muster-outside-'))
    const target = path.join(outside, 'target')
    writeFileSync(target, readFileSync(at(name)))
    rmSync(at(name))
    symlinkSync(target, at(name))
    const before = readFileSync(target, 'utf8')
    symlinkSync(target, at(`${name}.tmp`))
    symlinkSync(target, at('owner.json'))
    const run = await Run.start()
    run.h.load({ job: ['a'] })
    expect(run.h.news()).toEqual(['job:'])
    expect(run.logged.join()).toContain('not a regular file but a symbolic link')
    run.h.mechanism.script('a').emit(group('x', '9:80'))
    await run.end()
    expect(readFileSync(target, 'utf8')).toBe(before)
    expect(lstatSync(at(name)).isFile()).toBe(true)
    expect(readFileSync(at(name), 'utf8')).toContain('9:80')
    rmSync(outside, { recursive: true })
  })

  it.each([
    { what: 'is a file', at: 'file', says: /file is not a folder$/ },
    { what: 'lies below a file', at: 'file/x/y', says: /not a directory$/ },
    { what: 'is a link to nowhere', at: 'nowhere', says: /file exists$/ },
    { what: 'is a device', at: '/dev/null', says: /\/dev\/null is not a folder$/ },
    // Where Node's own way to make folders never ends, and keeps a thread busy.
    {
      what: 'lies where no folder can be made',
      at: '/proc/x/y',
      says: /no such file or directory$/,
    },
  ])('that $what is named as that, once', async ({ at: name, says }) => {
    writeFileSync(at('file'), '')
    symlinkSync(at('missing/x'), at('nowhere'))
    const run = await Run.start(path.resolve(folder, name))
    expect(run.logged).toEqual([expect.stringMatching(/Discovery state cannot be read/)])
    expect(run.logged[0]).toMatch(says)
    await run.end()
  })

  it('is made with the folders above it, through a link', async () => {
    mkdirSync(at('real'))
    symlinkSync(at('real'), at('link'))
    const run = await Run.start(at('link/a/b/c'))
    expect(run.logged).toEqual([])
    expect(statSync(at('real/a/b/c')).mode & 0o777).toBe(0o700)
    await run.end()
  })

  it('has its pipes and folders ignored with a warning, without waiting for them', async () => {
    execFileSync('sh', ['-c', 'mkfifo "$0"', at('pipe.state')])
    mkdirSync(at('folder.state'))
    const run = await Run.start()
    expect(run.logged.join()).toContain('not a regular file but a pipe')
    expect(run.logged.join()).toContain('is a directory')
    await run.end()
  })

  it('has drafts of its own names, and those that were left behind long ago are removed', async () => {
    const then = new Date(Date.now() - 2 * hour)
    writeFileSync(at('old.tmp'), '')
    utimesSync(at('old.tmp'), then, then)
    writeFileSync(at('of another process.tmp'), '')
    const run = await Run.start()
    expect(files()).toEqual(['of another process.tmp'])
    await run.end()
  })

  it.each([
    { name: 'a process that runs', pid: process.ppid, host: os.hostname(), isTold: true },
    { name: 'a process on another host', pid: 1, host: 'elsewhere.test', isTold: true },
    { name: 'a process that is gone', pid: 2 ** 22 + 1, host: os.hostname(), isTold: false },
    { name: 'itself, as after a crash in a container', ...ownMark(), isTold: false },
    { name: 'no process at all', pid: 'x', host: 5, isTold: false },
  ])('says so where the mark is of $name, and keeps its state all the same', async (row) => {
    const { pid, host, isTold } = row
    writeFileSync(at('owner.json'), JSON.stringify({ pid, host }))
    const run = await Run.start()
    expect(run.logged.join().includes('used by another process')).toBe(isTold)
    expect(JSON.parse(readFileSync(at('owner.json'), 'utf8'))).toEqual(ownMark())
    run.h.load({ job: ['a'] })
    run.h.mechanism.script('a').emit(group('x', '1:80'))
    await run.end()
    expect(readdirSync(folder)).toEqual(files())
    expect(files()).toHaveLength(1)
  })

  it('keeps the mark of the process that came later', async () => {
    const run = await Run.start()
    const later = JSON.stringify({ pid: 1, host: 'elsewhere.test' })
    writeFileSync(at('owner.json'), later)
    await run.end()
    expect(readFileSync(at('owner.json'), 'utf8')).toBe(later)
  })
})

function ownMark() {
  return { pid: process.pid, host: os.hostname() }
}
