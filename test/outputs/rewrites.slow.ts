import path from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { GroupGatherer, TargetFile } from '../../src/outputs/index.js'
import { Turns } from '../../src/waiting/turns.js'
import { until, Workspace } from '../helpers/daemon.js'
import { describeWithPeers } from '../helpers/peers.js'
import { forThisTest } from '../helpers/real-process.js'
import { RealPrometheus } from '../helpers/real-prometheus.js'
import { RealVmagent } from '../helpers/real-vmagent.js'
import { addresses, instances, job, metric } from './reader.js'

describeWithPeers('readers of a file of targets', ['prometheus', 'vmagent'], () => {
  it('lose no target over a thousand versions: a real Prometheus and a real vmagent', async () => {
    const folder = new Workspace()
    onTestFinished(() => folder.remove())
    const file = new TargetFile(path.join(folder.directory, 'j.json'))
    const turns = new Turns()
    const kept = addresses(300)
    const write = async (version: number): Promise<void> => {
      const gatherer = new GroupGatherer()
      gatherer.add({ targets: kept, labels: { kept: 'yes' } })
      // Longer and shorter ones in turn.
      const more = addresses(400 + (version % 7) * 100).slice(400)
      gatherer.add({ targets: more, labels: { version: String(version) } })
      await file.write(await gatherer.text(turns))
    }
    await write(0)
    const section = `file_sd_configs: [{files: ['${folder.directory}/*.json']}]`
    const prometheus = await forThisTest(RealPrometheus.start({ 'prometheus.yml': job(section) }))
    const vmagent = await forThisTest(
      RealVmagent.start(job(section), ['-promscrape.fileSDCheckInterval=10ms']),
    )
    const readers = [prometheus, vmagent]
    for (const reader of readers) {
      await until('it has them', async () => (await instances(reader)).length === 300)
    }
    const look = { isOver: false }
    const looks = readers.map(async (reader) => {
      let fewest = Infinity
      let count = 0
      while (!look.isOver) {
        const { activeTargets } = await reader.targets()
        const here = activeTargets.filter(({ labels }) => labels?.['kept'] === 'yes')
        fewest = Math.min(fewest, here.length)
        count += 1
      }
      return { fewest, count }
    })
    for (let version = 1; version <= 1000; version += 1) await write(version)
    look.isOver = true
    for (const { fewest, count } of await Promise.all(looks)) {
      expect(fewest).toBe(300)
      expect(count).toBeGreaterThan(2)
    }
    expect(await metric(prometheus, 'prometheus_sd_file_read_errors_total')).toBe(0)
  }, 240_000)
})
