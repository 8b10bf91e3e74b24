import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { Registry } from 'prom-client'
import { Subject } from 'rxjs'
import { afterEach, describe, expect, it } from 'vitest'
import { Completeness, FileSdOutput, type PlainGroup } from '../../src/outputs/index.js'
import type { PoolChange } from '../../src/scrape/index.js'
import { FakeClock } from '../../src/testing/discovery/index.js'
import { Turns } from '../../src/waiting/turns.js'
import { Workspace } from '../helpers/daemon.js'
import { until } from '../helpers/until.js'

const workspaces: Workspace[] = []
afterEach(() => {
  for (const workspace of workspaces.splice(0)) workspace.remove()
})

function workspace(): Workspace {
  const made = new Workspace()
  workspaces.push(made)
  return made
}

/** The output over jobs that the test plays. */
class Rig {
  readonly clock = new FakeClock()
  readonly registry = new Registry()
  readonly changes = new Subject<PoolChange>()
  readonly lines: (readonly [level: string, message: string])[] = []
  readonly output: FileSdOutput
  readonly #pools: Map<string, readonly PlainGroup[]> = new Map()
  readonly #configured: Set<string> = new Set()
  isWhole = true
  done: Promise<void> | undefined

  readonly folder: Workspace

  constructor(folder: Workspace = workspace()) {
    this.folder = folder
    const at =
      (level: string) =>
      (message: string): void => {
        this.lines.push([level, message])
      }
    const logger = {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      child: () => logger,
    }
    const pool = (name: string) => {
      const groups = this.#pools.get(name)
      return groups === undefined
        ? undefined
        : {
            name,
            list: () => ({
              parts: groups,
              texts: (index: number) => [JSON.stringify(groups[index])],
            }),
          }
    }
    this.output = new FileSdOutput({
      folder: folder.directory,
      settings: true,
      pools: {
        changes: this.changes,
        pool,
        pools: () => [...this.#pools.keys()].flatMap((name) => pool(name) ?? []),
      },
      isConfigured: (job) => this.#configured.has(job),
      completeness: new Completeness({
        sources: { discovery: { scrape: { providers: () => [] } }, isSettled: () => this.isWhole },
        now: () => this.clock.now(),
      }),
      turns: new Turns(),
      registry: this.registry,
      logger,
      scheduler: this.clock,
      random: () => 0.5,
    })
  }

  start(): this {
    this.done = this.output.execute()
    return this
  }

  async stop(): Promise<void> {
    await this.output.interrupt(new Error('stop'))
    await this.done
  }

  show(job: string, ...groups: readonly PlainGroup[]): void {
    this.#configured.add(job)
    this.#pools.set(job, groups)
    this.changes.next({ pool: job })
  }

  /** The config has a job that discovery has said nothing of. */
  configure(job: string): void {
    this.#configured.add(job)
  }

  remove(job: string): void {
    this.#configured.delete(job)
    this.#pools.delete(job)
    this.changes.next({ pool: job, removed: true })
  }

  path(name: string): string {
    return this.folder.path(name)
  }

  /** Lets time pass until a condition holds. */
  async until(what: string, condition: () => boolean): Promise<void> {
    await until(what, () => {
      if (condition()) return true
      if (this.clock.pending > 0) this.clock.advanceToNext()
      return false
    })
  }

  async hasTargets(file: string, ...targets: readonly string[]): Promise<void> {
    await this.until(`${file} has ${targets.join(' ')}`, () => {
      if (!existsSync(this.path(file))) return false
      const groups = JSON.parse(readFileSync(this.path(file), 'utf8')) as readonly PlainGroup[]
      return groups.flatMap((group) => group.targets).join(' ') === targets.join(' ')
    })
  }

  async metric(name: string): Promise<string | undefined> {
    return (await this.registry.getSingleMetricAsString(name)).split(' ').at(-1)
  }
}

const a = { targets: ['a:1'], labels: { env: 'x' } }
const b = { targets: ['b:1'], labels: { env: 'x' } }

describe('files of targets', () => {
  it('have the groups of a job, those with equal labels together, everything sorted', async () => {
    const rig = new Rig().start()
    rig.show('j', { targets: ['z:1', 'b:1'], labels: { y: '1', x: '2' } }, a, {
      targets: ['a:1', 'b:1'],
      labels: { x: '2', y: '1' },
    })
    await rig.hasTargets('j.json', 'a:1', 'a:1', 'b:1', 'z:1')
    expect(readFileSync(rig.path('j.json'), 'utf8')).toBe(
      '[\n{"targets":["a:1"],"labels":{"env":"x"}},\n{"targets":["a:1","b:1","z:1"],"labels":{"x":"2","y":"1"}}\n]\n',
    )
    expect(statSync(rig.path('j.json')).mode & 0o777).toBe(0o644)
    await rig.until('it is in the index', () => rig.output.files()[0]?.targets === 4)
    await rig.stop()
    expect(JSON.parse(readFileSync(rig.path('.muster/index.json'), 'utf8'))).toMatchObject({
      files: { 'j.json': { job: 'j', targets: 4 } },
    })
    expect(readdirSync(rig.path('.muster'))).toEqual(['index.json'])
  })

  it.each([
    ['a/b', 'a%2Fb.json'],
    ['..', '%2E..json'],
    ['.hidden', '%2Ehidden.json'],
    ['ü *', '%C3%BC%20%2A.json'],
    ['\u0000', '%00.json'],
  ])('are named after their jobs: %j', async (job, file) => {
    const rig = new Rig().start()
    rig.show(job, a)
    await rig.hasTargets(file, 'a:1')
    await rig.stop()
  })

  it('have names that a file system takes, whatever those of their jobs', async () => {
    const rig = new Rig().start()
    for (const end of ['1', '2']) rig.show('ü'.repeat(100) + end, a)
    await rig.until('both are there', () => readdirSync(rig.folder.directory).length === 3)
    await rig.stop()
  })

  it('are written only when their content differs, also by the next run', async () => {
    const rig = new Rig().start()
    rig.show('j', a, b)
    await rig.hasTargets('j.json', 'a:1', 'b:1')
    const { ino } = statSync(rig.path('j.json'))
    rig.show('j', b, a)
    await rig.until('nothing is due', () => rig.clock.now() > 0 && rig.clock.pending === 0)
    rig.show('other', a)
    await rig.hasTargets('other.json', 'a:1')
    await rig.stop()
    expect(await rig.metric('muster_file_sd_writes_total')).toBe('2')
    const next = new Rig(rig.folder)
    next.show('j', a, b)
    next.show('other', b)
    next.start()
    await next.hasTargets('other.json', 'b:1')
    await next.stop()
    expect(statSync(rig.path('j.json')).ino).toBe(ino)
    expect(await next.metric('muster_file_sd_writes_total')).toBe('1')
  })

  it('are not written before the list is whole', async () => {
    const rig = new Rig()
    rig.isWhole = false
    rig.start()
    rig.show('j', a)
    await until('it is waited for', () => rig.output.files()[0]?.waitsFor !== undefined)
    expect(readdirSync(rig.folder.directory)).toEqual(['.muster'])
    rig.isWhole = true
    await rig.hasTargets('j.json', 'a:1')
    await rig.stop()
  })

  it('stay when muster stops, and go with their jobs', async () => {
    const rig = new Rig().start()
    rig.show('j', a)
    rig.show('k', a)
    rig.show('l', a)
    for (const file of ['j.json', 'k.json', 'l.json']) await rig.hasTargets(file, 'a:1')
    rig.remove('j')
    await rig.until('the file is gone', () => !existsSync(rig.path('j.json')))
    await rig.stop()
    const next = new Rig(rig.folder)
    next.configure('l')
    next.start()
    await next.until('the file is gone', () => !existsSync(rig.path('k.json')))
    await next.stop()
    // Its job is still there, and discovery has said nothing of it yet.
    expect(existsSync(rig.path('l.json'))).toBe(true)
  })

  it('of others are neither replaced nor deleted', async () => {
    const rig = new Rig()
    rig.folder.write('j.json', '[]')
    rig.folder.write('README', 'mine')
    rig.start()
    rig.show('j', a)
    await until('the reason is told', () => rig.output.files()[0]?.error !== undefined)
    expect(rig.output.files()[0]?.error).toBe(
      `${rig.path('j.json')} is there already, and muster has not written it: move it, or name another folder`,
    )
    rig.show('k', a)
    await rig.hasTargets('k.json', 'a:1')
    rig.folder.write('k.json', '[{"targets":["mine:1"]}]')
    rig.remove('k')
    rig.remove('j')
    await rig.until('both are forgotten', () => rig.output.files().length === 0)
    await rig.stop()
    expect(readFileSync(rig.path('j.json'), 'utf8')).toBe('[]')
    expect(readFileSync(rig.path('k.json'), 'utf8')).toBe('[{"targets":["mine:1"]}]')
    expect(readFileSync(rig.path('README'), 'utf8')).toBe('mine')
  })

  it('stay as they are while they cannot be written, and catch up', async () => {
    const rig = new Rig().start()
    rig.show('j', a)
    await rig.hasTargets('j.json', 'a:1')
    // Nothing can be made in a folder that is none.
    renameSync(rig.path('.muster'), rig.path('away'))
    writeFileSync(rig.path('.muster'), '')
    rig.show('j', a, b)
    await rig.until('it fails', () => rig.output.files()[0]?.error !== undefined)
    await rig.until('it fails again', () => rig.clock.now() > 10_000)
    expect(await rig.metric('muster_file_sd_files_behind')).toBe('1')
    await rig.hasTargets('j.json', 'a:1')
    rmSync(rig.path('.muster'))
    renameSync(rig.path('away'), rig.path('.muster'))
    await rig.hasTargets('j.json', 'a:1', 'b:1')
    await rig.until('it is well', () => rig.output.files()[0]?.error === undefined)
    await until(
      'that is counted',
      async () => (await rig.metric('muster_file_sd_files_behind')) === '0',
    )
    await rig.stop()
    expect(rig.lines.filter(([level]) => level !== 'debug')).toEqual([
      ['error', 'Unable to write a file of targets, the last one stays'],
      ['info', 'The file of targets is up to date again'],
    ])
  })

  it('are written again where someone has removed them', async () => {
    const rig = new Rig().start()
    rig.show('j', a)
    await rig.hasTargets('j.json', 'a:1')
    rmSync(rig.path('j.json'))
    rig.show('j', a)
    await rig.hasTargets('j.json', 'a:1')
    await rig.stop()
  })

  it('warn of what vmagent would take for an environment variable', async () => {
    const rig = new Rig().start()
    rig.show('j', { targets: ['a:1'], labels: { x: '%{HOME}' } })
    await rig.hasTargets('j.json', 'a:1')
    await rig.stop()
    expect(rig.lines).toEqual([
      ['warn', 'A label has %{ in it, which vmagent takes for an environment variable'],
    ])
  })

  it.each([
    ['is a file', (folder: Workspace) => folder.write('out', '')],
    [
      'has a damaged index',
      (folder: Workspace) => {
        mkdirSync(folder.path('out/.muster'), { recursive: true })
        folder.write('out/.muster/index.json', '{')
      },
    ],
  ])('end muster at once where their folder %s', async (_, spoil) => {
    const folder = workspace()
    spoil(folder)
    const rig = new Rig(Object.assign(new Workspace(), { directory: folder.path('out') }))
    await expect(rig.start().done).rejects.toMatchObject({ code: 'ERR_OUTPUT_FILE_SD' })
  })

  it('leave no draft of a process that was killed', async () => {
    const rig = new Rig()
    mkdirSync(rig.path('.muster'))
    rig.folder.write('.muster/j.json.1234.tmp', 'half')
    rig.start()
    rig.show('j', a)
    await rig.hasTargets('j.json', 'a:1')
    await rig.stop()
    expect(readdirSync(rig.path('.muster'))).toEqual(['index.json'])
  })
})
