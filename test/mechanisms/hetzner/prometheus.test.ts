import { expect, it, onTestFinished } from 'vitest'
import { hetzner } from '../../../src/mechanisms/hetzner.js'
import type { Labels } from '../../../src/labels/index.js'
import { describeWithPeers } from '../../helpers/peers.js'
import { RealPrometheus } from '../../helpers/real-prometheus.js'
import { until } from '../../http/harness.js'
import { playClouds } from '../clouds.js'
import { pollingOf } from '../polling.js'
import { answer } from './answer.js'

/** What the scrape config adds. */
const own = /^(?:job|__metrics_path__|__scheme__|__scrape_.*)$/

/** What Prometheus 3.14 has and 3.5.3 has not, or the other way round. */
const different: Readonly<Record<string, RegExp>> = {
  hcloud: /^__meta_hetzner_(?:datacenter|hcloud_location|hcloud_location_network_zone)$/,
  robot: /^__meta_hetzner_robot_datacenter$/,
}

function canonical(labels: Labels, role: string): string {
  const kept = Object.entries(labels).filter(
    ([name, value]) => value !== '' && !own.test(name) && !different[role]?.test(name),
  )
  return JSON.stringify(kept.sort(([a], [b]) => (a < b ? -1 : 1)))
}

describeWithPeers('Hetzner beside a real Prometheus', ['prometheus'], () => {
  it.each(['hcloud', 'robot'])('finds the same labels with role %s', async (role) => {
    const clouds = await playClouds(answer)
    const keys = `${clouds.keys}role: ${role}\nport: 9100\n`
    const [group] = await pollingOf(hetzner, keys).poll()
    const prometheus = await RealPrometheus.start({
      'prometheus.yml': `
scrape_configs:
- job_name: j
  relabel_configs: [{action: drop, source_labels: [__address__], regex: '.*'}]
  hetzner_sd_configs:
  - refresh_interval: 1h
    ${keys.trim().replaceAll('\n', '\n    ')}
`,
    })
    onTestFinished(() => prometheus.stop())
    const theirs = async (): Promise<readonly string[]> =>
      (await prometheus.targets()).droppedTargets
        .map(({ discoveredLabels }) => canonical(discoveredLabels, role))
        .sort()
    await until(async () => (await theirs()).length === 2)
    expect(group?.targets.map((labels) => canonical(labels, role)).sort()).toEqual(await theirs())
  })
})
