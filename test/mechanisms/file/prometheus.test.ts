import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, expect, it, vi } from 'vitest'
import { fileMechanism } from '../../../src/mechanisms/file/index.js'
import { describeWithPeers } from '../../helpers/peers.js'
import { RealPrometheus } from '../../helpers/real-prometheus.js'
import { Harness } from '../../discovery/harness.js'
import { Folder } from './folder.js'
import { oddFiles } from './odd-files.js'
import { ScriptedWatch } from './scripted-watch.js'

const patterns = ['*.json', '*.yml', '*.YML', '*.JSON']

/** What Prometheus adds to every target. */
const added: ReadonlyMap<string, string> = new Map([
  ['job', 'files'],
  ['__metrics_path__', '/metrics'],
  ['__scheme__', 'http'],
  ['__scrape_interval__', '100y'],
  ['__scrape_timeout__', '10s'],
])

type Targets = ReadonlyMap<string, readonly string[]>

/** Targets by the file that they are from, each as a text. */
function byFile(targets: readonly Readonly<Record<string, string>>[]): Targets {
  const files = new Map<string, string[]>()
  for (const labels of targets) {
    const { __meta_filepath: file = '', ...others } = labels
    const shown = Object.entries(others).filter(
      ([name, value]) => value !== '' && added.get(name) !== value,
    )
    const text = JSON.stringify(shown.sort(([a], [b]) => (a < b ? -1 : 1)))
    files.set(path.basename(file), [...(files.get(path.basename(file)) ?? []), text].sort())
  }
  return files
}

describeWithPeers('odd files of targets', ['prometheus'], () => {
  const folder = new Folder()
  const h = new Harness()
  const state: { prometheus?: RealPrometheus } = {}

  afterEach(async () => {
    h.manager.interrupt()
    await h.done
    await state.prometheus?.stop()
    folder.remove()
  })

  it('read as the real Prometheus reads them', async () => {
    for (const [name, content] of Object.entries(oddFiles)) writeFileSync(folder.at(name), content)
    folder.write('zzz.yml', '- targets: [last:80]\n')
    const files = patterns.map((pattern) => folder.at(pattern))
    state.prometheus = await RealPrometheus.start({
      'prometheus.yml': JSON.stringify({
        global: { scrape_interval: '100y' },
        scrape_configs: [{ job_name: 'files', file_sd_configs: [{ files }] }],
      }),
    })
    const mechanism = fileMechanism({ registry: h.registry, watch: new ScriptedWatch().watch })
    const found: Record<string, string>[] = []
    h.manager.updates.subscribe(({ changes }) => {
      for (const group of changes.values()) {
        for (const target of group?.targets ?? []) found.push({ ...group?.labels, ...target })
      }
    })
    const config = { files, refresh_interval: 60_000 }
    h.manager.prepare(new Map([['job', [{ mechanism, config }]]])).commit()

    const theirs = await vi.waitFor(
      async () => {
        const shown = await state.prometheus?.targets()
        const targets = byFile(
          [...(shown?.activeTargets ?? []), ...(shown?.droppedTargets ?? [])].map(
            ({ discoveredLabels }) => discoveredLabels,
          ),
        )
        expect(targets.has('upper.JSON') && targets.has('zzz.yml')).toBe(true)
        return targets
      },
      { timeout: 60_000, interval: 250 },
    )
    await vi.waitFor(() => expect(h.manager.providers()[0]?.state).not.toBe('starting'), 20_000)
    h.scheduler.advance(1000)
    expect(byFile(found)).toEqual(theirs)
    expect(theirs.size).toBeGreaterThan(20)
  }, 90_000)
})
