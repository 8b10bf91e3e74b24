import { writeFileSync, renameSync } from 'node:fs'
import { expect, it, onTestFinished } from 'vitest'
import { Daemon, until, Workspace } from '../helpers/daemon.js'
import { describeWithPeers } from '../helpers/peers.js'
import { forThisTest } from '../helpers/real-process.js'
import { RealPrometheus } from '../helpers/real-prometheus.js'
import { RealVmagent } from '../helpers/real-vmagent.js'
import { addresses, instances, job, metric } from './reader.js'

function workspace(): Workspace {
  const made = new Workspace()
  onTestFinished(() => made.remove())
  return made
}

/** muster with one job whose targets the test writes. */
async function musterWith(
  folder: Workspace,
  targets: readonly string[],
  args: readonly string[] = [],
): Promise<{ readonly muster: Daemon; readonly set: (targets: readonly string[]) => void }> {
  const set = (now: readonly string[]): void => {
    writeFileSync(folder.path('in.json.new'), JSON.stringify([{ targets: now }]))
    renameSync(folder.path('in.json.new'), folder.path('in.json'))
  }
  set(targets)
  const config = folder.write(
    'muster.yml',
    `
scrape_configs:
- job_name: j
  file_sd_configs: [{files: [in.json], refresh_interval: 1s}]
`,
  )
  return { muster: await forThisTest(Daemon.start(config, args)), set }
}

describeWithPeers('readers of the files of targets', ['prometheus', 'vmagent'], () => {
  it('see each change: a real Prometheus with one scan of the folder, and without an error', async () => {
    const folder = workspace()
    const out = folder.path('out')
    const all = addresses(50)
    const { muster, set } = await musterWith(folder, all, [
      `--output.file-sd=${out}`,
      '--no-output.file-sd.settings',
    ])
    const section = `file_sd_configs: [{files: ['${out}/*.json'], refresh_interval: 1h}]`
    await until('the file is there', async () => {
      const { files } = await muster.api<{ files: { targets: number }[] }>('/outputs')
      return files[0]?.targets === 50
    })
    const prometheus = await forThisTest(RealPrometheus.start({ 'prometheus.yml': job(section) }))
    const vmagent = await forThisTest(
      RealVmagent.start(job(section), ['-promscrape.fileSDCheckInterval=100ms']),
    )
    await until('Prometheus has them', async () => (await instances(prometheus)).length === 50)
    await until('vmagent has them', async () => (await instances(vmagent)).length === 50)
    const scans = 'prometheus_sd_file_scan_duration_seconds_count'
    const before = await metric(prometheus, scans)
    for (const [change, count] of [49, 48, 47].entries()) {
      set(all.slice(0, count))
      await until('Prometheus has the change', async () => {
        return (await instances(prometheus)).length === count
      })
      expect(await metric(prometheus, scans)).toBe(before + change + 1)
    }
    await until('vmagent has them', async () => (await instances(vmagent)).length === 47)
    expect(await metric(prometheus, 'prometheus_sd_file_read_errors_total')).toBe(0)
    expect(await instances(prometheus)).toEqual(all.slice(0, 47).toSorted())
    // Both keep what they have when muster ends.
    muster.kill('SIGTERM')
    expect((await muster.exited).code).toBe(0)
    expect(await instances(prometheus)).toHaveLength(47)
    expect(await instances(vmagent)).toHaveLength(47)
  }, 120_000)
})

describeWithPeers('readers of the lists', ['prometheus', 'vmagent'], () => {
  it('have the same targets, whatever the form', async () => {
    const folder = workspace()
    const all = addresses(300)
    const { muster, set } = await musterWith(folder, all)
    const readers = await Promise.all(
      ['single', 'groups', 'plain'].flatMap((form) => {
        const url = `${muster.url}/http_sd/j?form=${form}&settings=false`
        const section = `http_sd_configs: [{url: '${url}', refresh_interval: 1s}]`
        return [
          forThisTest(RealPrometheus.start({ 'prometheus.yml': job(section) })),
          forThisTest(RealVmagent.start(job(section), ['-promscrape.httpSDCheckInterval=1s'])),
        ]
      }),
    )
    for (const count of [300, 299]) {
      set(all.slice(0, count))
      for (const reader of readers) {
        await until('it has them', async () => {
          return (
            JSON.stringify(await instances(reader)) ===
            JSON.stringify(all.slice(0, count).toSorted())
          )
        })
      }
    }
    const known = await muster.api<{ readers: { userAgent: string; intervalMs: number }[] }>(
      '/outputs',
    )
    expect(known.readers.map(({ intervalMs }) => intervalMs)).toEqual(Array(6).fill(1000))
    const agents = known.readers.map(({ userAgent }) => userAgent.split('/')[0] ?? '')
    expect(agents.toSorted()).toEqual([
      ...Array(3).fill('Go-http-client'),
      ...Array(3).fill('Prometheus'),
    ])
  }, 120_000)
})

describeWithPeers('muster behind muster', [], () => {
  it('has a change at once, and the targets that it had while the other restarts', async () => {
    const folder = workspace()
    const all = addresses(30)
    const { muster, set } = await musterWith(folder, all, ['--log.level=debug'])
    const port = new URL(muster.url).port
    const behind = workspace()
    const config = behind.write(
      'muster.yml',
      `
scrape_configs:
- job_name: j
  http_sd_configs: [{url: '${muster.url}/http_sd/j', refresh_interval: 1h}]
`,
    )
    const second = await forThisTest(Daemon.start(config))
    const count = async (): Promise<number> =>
      (await second.api<{ activeTargets: unknown[] }>('/targets')).activeTargets.length
    await until('it has them', async () => (await count()) === 30)
    set(all.slice(0, 29))
    await until('it has the change', async () => (await count()) === 29)
    muster.kill('SIGTERM')
    expect((await muster.exited).code).toBe(0)
    expect(await count()).toBe(29)
    set(all.slice(0, 28))
    const again = await forThisTest(
      Daemon.start(folder.path('muster.yml'), [`--web.listen-address=127.0.0.1:${port}`]),
    )
    await until('it has the change', async () => (await count()) === 28)
    expect(again.stderr).not.toContain('level=error')
  }, 120_000)
})
