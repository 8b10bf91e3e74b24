import { execFileSync } from 'node:child_process'
import { writeFileSync, renameSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it, onTestFinished } from 'vitest'
import { Daemon, until, Workspace } from '../helpers/daemon.js'
import { freePort } from '../helpers/free-port.js'
import { describeWithPeers } from '../helpers/peers.js'
import { RealConsul } from '../helpers/real-consul.js'
import { forThisTest } from '../helpers/real-process.js'
import { RealPrometheus } from '../helpers/real-prometheus.js'
import { RealVmagent } from '../helpers/real-vmagent.js'
import { instances, job } from './reader.js'

type Real = RealPrometheus | RealVmagent

/** Readers that have all targets between them: one alone, or the members of an allocation together. */
interface Readers {
  readonly what: string
  readonly all: readonly Real[]
}

const memberIds = ['m0', 'm1', 'm2', 'm3']
const copies = 3
const nameOf = (i: number): string => `127.1.${String(i >> 8)}.${String(i & 255)}`
const stable = Array.from({ length: 60 }, (_, i) => `${nameOf(i)}:9`)

/** Muster, what it reads, and where it is read. */
class Fleet {
  readonly folder = new Workspace()
  readonly consul: RealConsul
  readonly #port: number
  #daemon: Daemon | undefined

  private constructor(consul: RealConsul, port: number) {
    this.consul = consul
    this.#port = port
  }

  static async start(): Promise<Fleet> {
    const fleet = new Fleet(await forThisTest(RealConsul.start({ keeps: true })), await freePort())
    onTestFinished(() => fleet.folder.remove())
    onTestFinished(() => fleet.#daemon?.stop())
    fleet.config()
    fleet.folder.write(
      'allocator.yml',
      `members: {file_sd_configs: [{files: [members.json], refresh_interval: 1s}]}
moves: {overlap: 5s, budget: none, member_grace: 1s}
`,
    )
    return fleet
  }

  get url(): string {
    return `http://127.0.0.1:${String(this.#port)}`
  }

  get files(): string {
    return this.folder.path('out')
  }

  get daemon(): Daemon {
    if (this.#daemon === undefined) throw new Error('muster is not started')
    return this.#daemon
  }

  /** Writes the config, with another job beside the one that is read. */
  config(more = ''): void {
    this.folder.write(
      'muster.yml',
      `scrape_configs:
- job_name: j
  consul_sd_configs: [{server: '${this.consul.address}', tags: [t], refresh_interval: 1s}]
${more}`,
    )
  }

  members(...ids: readonly string[]): void {
    const text = JSON.stringify([{ targets: ids }])
    writeFileSync(this.folder.path('members.json.new'), text)
    renameSync(this.folder.path('members.json.new'), this.folder.path('members.json'))
  }

  async run(): Promise<void> {
    this.#daemon = await Daemon.start(this.folder.path('muster.yml'), [
      `--web.listen-address=127.0.0.1:${String(this.#port)}`,
      `--allocator.config.file=${this.folder.path('allocator.yml')}`,
      `--output.file-sd=${this.files}`,
      '--no-output.file-sd.settings',
      '--discovery.guard=default',
      `--discovery.state-dir=${this.folder.path('state')}`,
      '--web.enable-lifecycle',
    ])
  }

  async restart(): Promise<void> {
    this.daemon.kill('SIGTERM')
    await this.daemon.exited
    await this.run()
  }

  /** The longest file that muster may write; `unlimited` for any. */
  limitFiles(bytes: string): void {
    execFileSync('prlimit', [`--pid=${String(this.daemon.child.pid)}`, `--fsize=${bytes}:`])
  }

  /** Ten real Prometheus and ten real vmagent: over HTTP, by file, and as members. */
  async readers(): Promise<readonly Readers[]> {
    const lists = `http_sd_configs: [{url: '${this.url}/http_sd/j?form=groups&settings=false', refresh_interval: 1s}]`
    const files = `file_sd_configs: [{files: ['${this.files}/*.json'], refresh_interval: 1s}]`
    const share = (id: string): string =>
      `http_sd_configs: [{url: '${this.url}/jobs/j/targets?collector_id=${id}', refresh_interval: 1s}]`
    const flags = ['-promscrape.httpSDCheckInterval=1s', '-promscrape.fileSDCheckInterval=1s']
    const kinds: Readonly<Record<string, (section: string) => Promise<Real>>> = {
      Prometheus: (section) => RealPrometheus.start({ 'prometheus.yml': job(section) }),
      vmagent: (section) => RealVmagent.start(job(section), flags),
    }
    const readers: Readers[] = []
    for (const [kind, start] of Object.entries(kinds)) {
      for (const [way, section] of Object.entries({ http_sd: lists, file_sd: files })) {
        for (let i = 1; i <= copies; i += 1) {
          readers.push({
            what: `${kind} ${way} ${String(i)}`,
            all: [await forThisTest(start(section))],
          })
        }
      }
      const members: Real[] = []
      for (const id of memberIds) members.push(await forThisTest(start(share(id))))
      readers.push({ what: `${kind} members`, all: members })
    }
    return readers
  }
}

async function heldBy({ all }: Readers): Promise<ReadonlySet<string>> {
  return new Set((await Promise.all(all.map((one) => instances(one)))).flat())
}

describeWithPeers('a fleet of readers', ['consul', 'prometheus', 'vmagent'], () => {
  it('misses no target: members come and go, muster restarts and reloads, Consul dies, the disk is full', async () => {
    const fleet = await Fleet.start()
    const { consul } = fleet
    await consul.register(...stable)
    fleet.members('m0', 'm1', 'm2')
    await fleet.run()
    const all = await fleet.readers()
    expect(all.reduce((sum, one) => sum + one.all.length, 0)).toBe(20)
    /** Waits until every reader has the target, or none has it; `except` leaves out those whose name has it. */
    const everyoneHas = async (target: string, isThere = true, except?: string): Promise<void> => {
      for (const readers of all) {
        if (except !== undefined && readers.what.includes(except)) continue
        await until(`${readers.what}: ${target} ${isThere ? 'comes' : 'goes'}`, async () => {
          return (await heldBy(readers)).has(target) === isThere
        })
      }
    }
    for (const target of stable) await everyoneHas(target)

    const watch = { isOver: false, during: 'the start' }
    const watching = all.map(async (readers) => {
      const missed = new Set<string>()
      let looks = 0
      while (!watch.isOver) {
        const held = await heldBy(readers)
        for (const target of stable)
          if (!held.has(target)) missed.add(`${readers.what}, during ${watch.during}`)
        looks += 1
        await sleep(100)
      }
      return { missed: [...missed], looks }
    })

    try {
      // Members come and go.
      watch.during = 'changes of members'
      fleet.members('m0', 'm1', 'm2', 'm3')
      await until('m3 has targets', async () => {
        const { members } = await fleet.daemon.api<{
          members: readonly { readonly id: string; readonly targets: number }[]
        }>('/allocation')
        return members.some(({ id, targets }) => id === 'm3' && targets > 0)
      })
      await sleep(8000)
      fleet.members('m1', 'm2', 'm3')
      await sleep(8000)

      // A target comes, through each output, and goes.
      watch.during = 'changes of targets'
      await consul.register('127.2.0.1:9')
      await everyoneHas('127.2.0.1:9')
      await consul.deregister('127.2.0.1:9')
      await everyoneHas('127.2.0.1:9', false)

      watch.during = 'a restart'
      await fleet.restart()
      await consul.register('127.2.0.2:9')
      await everyoneHas('127.2.0.2:9')

      watch.during = 'a reload'
      fleet.config("- job_name: other\n  static_configs: [{targets: ['127.3.0.1:9']}]\n")
      expect((await fetch(`${fleet.url}/-/reload`, { method: 'POST' })).status).toBe(200)
      await until('the other job is served', async () => {
        return (await fetch(`${fleet.url}/http_sd/other`)).status === 200
      })

      watch.during = 'the death of Consul'
      await consul.kill()
      await sleep(4000)
      // Muster starts without it, from what it has kept.
      await fleet.restart()
      await sleep(4000)
      watch.during = 'the return of Consul'
      await consul.restart()
      await consul.register('127.2.0.3:9')
      await everyoneHas('127.2.0.3:9')

      watch.during = 'a full disk'
      fleet.limitFiles('100')
      await consul.register('127.2.0.4:9')
      await everyoneHas('127.2.0.4:9', true, 'file_sd')
      await until('muster says that a file is behind', async () => {
        const { files } = await fleet.daemon.api<{ files: readonly { readonly error?: string }[] }>(
          '/outputs',
        )
        return files.some(({ error }) => error !== undefined && error !== null)
      })
      fleet.limitFiles('unlimited')
      await everyoneHas('127.2.0.4:9')
    } finally {
      watch.isOver = true
      await Promise.all(watching)
    }
    for (const { missed, looks } of await Promise.all(watching)) {
      expect(missed).toEqual([])
      expect(looks).toBeGreaterThan(10)
    }
  }, 600_000)
})
