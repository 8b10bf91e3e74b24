import { execFile } from 'node:child_process'
import net from 'node:net'
import os from 'node:os'
import { writeFileSync } from 'node:fs'
import path from 'node:path'
import process from 'node:process'
import { promisify } from 'node:util'
import { dump } from 'js-yaml'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Labels } from '../../../src/labels/index.js'
import { allMechanisms } from '../../config/mechanisms.js'
import { Daemon, until } from '../../helpers/daemon.js'
import { describeWithPeers, requirePeer } from '../../helpers/peers.js'
import { RealPrometheus, type Shown } from '../../helpers/real-prometheus.js'
import { RealVmagent } from '../../helpers/real-vmagent.js'
import { records } from '../dns/cases.js'
import { DnsTestServer, nxDomain } from '../dns/server.js'
import { differencesOf, withoutScrapeLabels } from '../suite/differences.js'
import { mechanismsWithCases } from '../suite/mechanisms-with-cases.js'
import { Bed, type OpenJob } from './bed.js'

const folder = process.env['MUSTER_BED']
if (folder === undefined) throw new Error('start it by `npm run test:bed`')

const bed = await Bed.open(await mechanismsWithCases(), folder)
const resolver = await DnsTestServer.listen(
  ({ name, type }) =>
    type === 'SRV' && name === '_web._tcp.example' ? { records } : { rcode: nxDomain },
  '127.0.0.1',
  53,
)
const { env } = bed
const byName = bed.jobs.map((job) => [job.name, job] as const)

afterAll(async () => {
  await bed.close()
  await resolver.close()
})

/** A prometheus.yml as people have it, with these jobs. */
function configOf(jobs: readonly OpenJob[]): string {
  const scrape_configs = jobs.map(({ name, key, config }) => ({
    job_name: name,
    [key]: [config],
    relabel_configs: [{ action: 'labelmap', regex: '__meta_(.+)' }],
  }))
  // A Prometheus is not given the time to scrape anything.
  return dump({ global: { scrape_interval: '1y' }, scrape_configs }, { lineWidth: -1 })
}

function write(name: string, jobs: readonly OpenJob[]): string {
  const file = path.join(bed.folder, name)
  writeFileSync(file, configOf(jobs))
  return file
}

/** What shows its targets as Prometheus does. */
interface Showing {
  targets(): Promise<Shown>
}

/** The targets of a job as they were discovered. */
async function targetsOf(showing: Showing, { name }: OpenJob): Promise<readonly Labels[]> {
  const { activeTargets, droppedTargets } = await showing.targets()
  return [...activeTargets, ...droppedTargets]
    .map(({ discoveredLabels }) => discoveredLabels)
    .filter(({ job }) => job === name)
    .map(withoutScrapeLabels)
}

/** Waits until a job has this many targets, or longer than that takes. */
async function foundBy(showing: Showing, job: OpenJob, count: number): Promise<readonly Labels[]> {
  let found: readonly Labels[] = []
  await until(
    `${String(count)} targets`,
    async () => {
      found = await targetsOf(showing, job)
      return found.length >= count
    },
    15_000,
  ).catch(() => undefined)
  return found
}

describe('the test bed', () => {
  it('has no way out', async () => {
    expect(Object.keys(os.networkInterfaces())).toEqual(['lo'])
    const socket = net.connect(80, '192.0.2.1')
    const [error] = (await new Promise((resolve) => socket.once('error', (e) => resolve([e])))) as [
      NodeJS.ErrnoException,
    ]
    expect(error.code).toBe('ENETUNREACH')
  })

  it('has a job for each mechanism, and the config is the file beside this one', async () => {
    expect(bed.jobs.map(({ name }) => name)).toEqual(allMechanisms().map(({ name }) => name))
    // But for where a checkout has its files.
    const ours = path.resolve(import.meta.dirname, '../oci/fixtures')
    const config = configOf(bed.jobs).replaceAll(ours, '/etc/muster')
    await expect(config).toMatchFileSnapshot('prometheus.yml')
  })
})

describe('muster in the test bed', () => {
  let daemon: Daemon | undefined
  const muster: Showing = {
    targets: () => (daemon as Daemon).api<Shown>('/targets'),
  }

  beforeAll(async () => {
    daemon = await Daemon.start(write('prometheus.yml', bed.jobs), ['--log.level=warn'], env)
  })

  afterAll(async () => {
    await daemon?.stop()
  })

  it.each(byName)('%s: finds its targets', async (_, job) => {
    // What has no address is found, and then is no target: an instance of RDS that is being made.
    const targets = job.targets.filter(({ __address__ }) => __address__ !== undefined)
    const found = await foundBy(muster, job, targets.length)
    expect(differencesOf(found, targets.map(withoutScrapeLabels)), daemon?.stderr).toEqual({})
    expect(found).toHaveLength(targets.length)
  })

  it('asks for nothing that the clouds do not have', () => {
    expect(bed.unexpected).toEqual([])
  })

  for (const release of new Set(bed.jobs.flatMap(({ beside }) => [...beside.keys()]))) {
    const compared = byName.filter(([, { beside }]) => beside.has(release))
    describeWithPeers(`beside ${release}`, [release], () => {
      let other: (Showing & { stop(): Promise<void>; readonly output?: string }) | undefined

      beforeAll(async () => {
        const jobs = compared.map(([, job]) => job)
        other = await (release === 'vmagent'
          ? RealVmagent.start(configOf(jobs), [], env)
          : RealPrometheus.on(write(`${release}.yml`, jobs), { release, env }))
      })

      afterAll(async () => {
        await other?.stop()
      })

      it.each(compared)('%s: has the same targets', async (_, job) => {
        const ours = await foundBy(muster, job, job.targets.length)
        const theirs = await foundBy(other as Showing, job, ours.length)
        expect(differencesOf(ours, theirs), other?.output).toEqual(job.beside.get(release))
      })
    })
  }
})

describeWithPeers('check service-discovery', ['promtool'], () => {
  it('says of a job of DNS what promtool says', async () => {
    const jobs = bed.jobs.filter(({ name }) => name === 'dns')
    const args = ['check', 'service-discovery', '--timeout=5s', write('dns.yml', jobs), 'dns']
    const theirs = await resultsOf(requirePeer('promtool'), args)
    const muster = path.resolve(import.meta.dirname, '../../../dist/bin/muster.js')
    const ours = await resultsOf(process.execPath, [muster, ...args])
    expect(ours.length).toBeGreaterThan(0)
    expect(ours).toEqual(theirs)
  })
})

/** The targets that a command prints, in no order. */
async function resultsOf(command: string, args: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)(command, args, { env })
  const results = JSON.parse(stdout) as readonly object[]
  return results.map((result) => JSON.stringify(result)).sort()
}
