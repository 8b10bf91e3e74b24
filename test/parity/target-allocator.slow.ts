import { execFile } from 'node:child_process'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Labels } from '../../src/labels/index.js'
import { describeWithPeers, requirePeer } from '../helpers/peers.js'
import { Collectors, distinct, jobs, withoutLabel } from './collectors.js'

/** A target as promtool shows it: Prometheus' own discovery and relabelling made it. */
interface Checked {
  readonly discoveredLabels: Labels
  readonly labels: Labels
}

/** The targets that the rules of a job keep, without the label that http_sd adds. */
async function kept(file: string, job: string): Promise<readonly Checked[]> {
  const out = await new Promise<string>((resolve, reject) => {
    // It takes all of the time that it is given.
    const args = ['check', 'service-discovery', '--timeout=3s', file, job]
    execFile(requirePeer('promtool'), args, { maxBuffer: 64 << 20 }, (_, stdout, stderr) => {
      if (stdout === '') reject(new Error(`${job}: ${stderr}`))
      else resolve(stdout)
    })
  })
  return (JSON.parse(out) as readonly Checked[])
    .filter(({ labels }) => Object.keys(labels).length > 0)
    .map(({ discoveredLabels, labels }) => ({
      discoveredLabels: withoutLabel('__meta_url', discoveredLabels),
      labels,
    }))
}

describeWithPeers(
  'collectors that take their targets from muster, by promtool',
  ['promtool'],
  () => {
    const collectors = new Collectors()
    beforeAll(() => collectors.start())
    afterAll(() => collectors.stop())

    it.for(jobs)('have together the targets of %s, each of them once', async (job) => {
      const [theirs = [], ...ours] = await Promise.all(
        [collectors.original, ...collectors.files].map((file) => kept(file, job)),
      )
      const final = distinct(theirs.map(({ labels }) => labels))
      expect(distinct(ours.flat().map(({ labels }) => labels))).toEqual(final)
      expect(ours.flat()).toHaveLength(final.length)
      const known = new Set(distinct(theirs))
      expect(distinct(ours.flat()).filter((target) => !known.has(target))).toEqual([])
    })
  },
)
