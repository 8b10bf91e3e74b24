import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { describe, expect, it, onTestFinished } from 'vitest'
import { Daemon, until, Workspace } from '../helpers/daemon.js'
import { describeWithPeers } from '../helpers/peers.js'
import { forThisTest } from '../helpers/real-process.js'
import { RealPrometheus } from '../helpers/real-prometheus.js'
import { addresses, instances, job } from '../outputs/reader.js'
import { run } from './host.js'

function workspace(): Workspace {
  const made = new Workspace()
  onTestFinished(() => made.remove())
  return made
}

/** muster with one job, whose targets the test writes, and a process that follows it. */
async function followed(...args: readonly string[]) {
  const folder = workspace()
  const set = (targets: readonly string[]): void => {
    writeFileSync(folder.path('new'), JSON.stringify([{ targets }]))
    renameSync(folder.path('new'), folder.path('in.json'))
  }
  set(addresses(20))
  const config = folder.write(
    'muster.yml',
    "scrape_configs: [{job_name: 'a/b', file_sd_configs: [{files: [in.json]}]}]",
  )
  const muster = await forThisTest(Daemon.start(config))
  const port = new URL(muster.url).port
  const out = folder.path('out.json')
  const follower = Daemon.spawn(['follow', muster.url, '--job=a/b', `--out=${out}`, ...args])
  onTestFinished(async () => {
    await follower.stop()
  })
  return {
    folder,
    set,
    muster,
    follower,
    out,
    restart: () => forThisTest(Daemon.start(config, [`--web.listen-address=127.0.0.1:${port}`])),
    count: (): number => {
      if (!existsSync(out)) return -1
      const groups = JSON.parse(readFileSync(out, 'utf8')) as { targets: string[] }[]
      return groups.flatMap(({ targets }) => targets).length
    },
  }
}

describe('muster follow', () => {
  it('writes each change to the file, and keeps it while the server is away', async () => {
    const { set, muster, follower, count, restart, out } = await followed()
    await until('the file is there', () => count() === 20)
    expect(readFileSync(out, 'utf8')).toContain('"__scrape_interval__":"1m"')
    set(addresses(19))
    await until('the file has the change', () => count() === 19)
    muster.kill('SIGTERM')
    await muster.exited
    await until('it says so', () => follower.stderr.includes('the file stays as it is'))
    expect(count()).toBe(19)
    set(addresses(18))
    await restart()
    await until('the file has the change', () => count() === 18)
    follower.kill('SIGTERM')
    expect((await follower.exited).code).toBe(0)
    expect(count()).toBe(18)
    expect(follower.stderr.match(/has \d+ targets/g)).toEqual([
      'has 20 targets',
      'has 19 targets',
      'has 18 targets',
    ])
  }, 120_000)

  it.each([
    ['a URL that is none', ['follow', 'localhost', '--job=j', '--out=f'], 'is not a URL'],
    ['no job', ['follow', 'http://127.0.0.1:1', '--out=f'], '--job'],
    ['no file', ['follow', 'http://127.0.0.1:1', '--job=j'], '--out'],
  ])('refuses %s', async (_, args, message) => {
    const ran = run(args)
    expect(await ran.code).toBe(2)
    expect(ran.stderr()).toContain(message)
  })
})

describeWithPeers('muster follow beside a real Prometheus', ['prometheus'], () => {
  it('brings it each change', async () => {
    const { set, count, out } = await followed('--no-settings')
    await until('the file is there', () => count() === 20)
    const section = `file_sd_configs: [{files: ['${out}'], refresh_interval: 1h}]`
    const prometheus = await forThisTest(RealPrometheus.start({ 'prometheus.yml': job(section) }))
    for (const size of [20, 19, 21]) {
      set(addresses(size))
      await until('Prometheus has them', async () => (await instances(prometheus)).length === size)
    }
  }, 120_000)
})
