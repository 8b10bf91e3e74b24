import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'
import { load } from 'js-yaml'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Daemon, Workspace } from '../helpers/daemon.js'
import { describeWithPeers, requirePeer } from '../helpers/peers.js'
import { ReceiverTwin } from './receiver-twin.js'

const source = readFileSync(path.join(import.meta.dirname, 'testdata/target-allocator.yml'), 'utf8')
const members = ['c0', 'c+1', 'c&2=%20']

const { scrape_configs } = load(source) as { scrape_configs: readonly { job_name: string }[] }
const jobs = scrape_configs.map(({ job_name }) => job_name)

type Labels = Readonly<Record<string, string>>

/** A target as promtool shows it: Prometheus' own discovery and relabelling made it. */
interface Checked {
  readonly discoveredLabels: Labels
  readonly labels: Labels
  readonly error?: unknown
}

interface Said {
  readonly code: number
  readonly out: string
  readonly err: string
}

function promtool(...args: readonly string[]): Promise<Said> {
  return new Promise((resolve) => {
    execFile(requirePeer('promtool'), args, { maxBuffer: 64 << 20 }, (error, out, err) => {
      resolve({ code: Number(error?.code ?? 0), out, err })
    })
  })
}

/** The targets that the rules of a job keep, without the label that http_sd adds. */
async function kept(file: string, job: string): Promise<readonly Checked[]> {
  const { out, err } = await promtool('check', 'service-discovery', '--timeout=3s', file, job)
  if (out === '') throw new Error(`${job}: ${err}`)
  return (JSON.parse(out) as readonly Checked[])
    .filter(({ labels }) => Object.keys(labels).length > 0)
    .map(({ discoveredLabels: { __meta_url: _, ...discoveredLabels }, labels }) => ({
      discoveredLabels,
      labels,
    }))
}

function sorted(values: readonly unknown[]): readonly string[] {
  const text = (value: unknown): string =>
    JSON.stringify(value, (_, inner: unknown) =>
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
        : inner,
    )
  return [...new Set(values.map(text))].sort()
}

describeWithPeers('collectors that take their targets from muster', ['promtool'], () => {
  const folder = new Workspace()
  const files: string[] = []
  const original = folder.path('prometheus.yml')
  let daemon: Daemon

  beforeAll(async () => {
    folder.write('prometheus.yml', source)
    folder.write('p', 'password')
    const targets = members.map((id) => ({ targets: ['127.0.0.1:1'], labels: { instance: id } }))
    const allocator = folder.write(
      'allocator.yml',
      JSON.stringify({ members: { static_configs: targets }, moves: { member_grace: '0s' } }),
    )
    daemon = await Daemon.start(original, [`--allocator.config.file=${allocator}`])
    await expect
      .poll(async () => (await daemon.get('/jobs/probe/targets')).status, { timeout: 30_000 })
      .toBe(200)
    for (const [i, collectorId] of members.entries()) {
      const twin = new ReceiverTwin({ endpoint: daemon.url, collectorId })
      await twin.sync()
      expect(twin.jobs).toEqual(jobs)
      files.push(folder.write(`collector-${String(i)}.yml`, twin.config({ scrape_interval: '3s' })))
    }
  }, 60_000)

  afterAll(async () => {
    await daemon.stop()
    folder.remove()
  })

  it('have a config that Prometheus takes', async () => {
    for (const file of files) {
      const { code, err } = await promtool('check', 'config', file)
      expect([code, err]).toEqual([0, ''])
    }
  })

  it.for(jobs)('have together the targets of %s, each of them once', async (job) => {
    const theirs = await kept(original, job)
    const ours = await Promise.all(files.map((file) => kept(file, job)))
    expect(sorted(ours.flat().map(({ labels }) => labels))).toEqual(
      sorted(theirs.map(({ labels }) => labels)),
    )
    // As many as there are: no member has one that another has.
    const identities = sorted(theirs.map(({ labels }) => labels))
    expect(ours.flat()).toHaveLength(identities.length)
    const known = new Set(sorted(theirs))
    expect(sorted(ours.flat()).filter((target) => !known.has(target))).toEqual([])
  })
})
