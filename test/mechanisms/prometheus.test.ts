import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Labels } from '../../src/labels/index.js'
import { describeWithPeers } from '../helpers/peers.js'
import { RealPrometheus, type Shown } from '../helpers/real-prometheus.js'
import { RealVmagent } from '../helpers/real-vmagent.js'
import { until } from '../helpers/daemon.js'
import type { OracleCase, OracleRelease, RunCases, Stage } from './suite/cases.js'
import { differencesOf, withoutScrapeLabels } from './suite/differences.js'
import { mechanismsWithCases, type MechanismWithCases } from './suite/mechanisms-with-cases.js'
import { Run } from './suite/run.js'

/** A way of finding targets that is compared: one job of the Prometheus of its release. */
interface Job extends Pick<MechanismWithCases, 'make' | 'folder'> {
  readonly name: string
  readonly key: string
  readonly run: RunCases
  readonly oracle: OracleCase
}

const jobs: readonly Job[] = (await mechanismsWithCases()).flatMap(
  ({ name, key, make, folder, cases }) =>
    (cases?.runs ?? []).flatMap((run) =>
      typeof run.oracle === 'string'
        ? []
        : { name: `${name} ${run.title}`.trim(), key, make, folder, run, oracle: run.oracle },
    ),
)
const releaseOf = ({ oracle }: Job): OracleRelease => oracle.release ?? 'prometheus'

for (const release of new Set(jobs.map(releaseOf))) {
  describeWithPeers(`mechanisms beside a real Prometheus (${release})`, [release], () => {
    const ofRelease = jobs.filter((job) => releaseOf(job) === release)
    const together = ofRelease.filter(({ oracle }) => oracle.alone !== true)
    if (together.length > 0) compare(release, together)
    for (const job of ofRelease) {
      if (job.oracle.alone === true)
        describe('in its own environment', () => compare(release, [job]))
    }
  })
}

function compare(release: OracleRelease, compared: readonly Job[]): void {
  const stages = new Map<Job, Stage>()
  let theirs: ReadonlyMap<string, readonly Labels[]> = new Map()
  let prometheus: Real | undefined

  beforeAll(async () => {
    for (const job of compared) stages.set(job, await job.run.open(job.folder))
    const scrape_configs = Array.from(stages, ([{ name, key }, { config }]) => ({
      job_name: name,
      // It discovers, and scrapes nothing.
      relabel_configs: [{ action: 'drop', source_labels: ['__address__'], regex: '.*' }],
      [key]: [config],
    }))
    const env = Object.assign({}, ...Array.from(stages.values(), (stage) => stage.env ?? {}))
    prometheus = await startReal(release, scrape_configs, { ...process.env, ...env })
    theirs = await foundBy(prometheus, compared, stages)
  })

  afterAll(async () => {
    await prometheus?.stop()
    for (const stage of stages.values()) await stage.close()
  })

  it.each(compared.map((job) => [job.name, job] as const))(
    '%s: has the same labels',
    async (name, job) => {
      const stage = stages.get(job)
      if (stage === undefined) throw new Error('its stage is not open')
      const run = new Run(job.make, stage)
      await run.until(
        'the targets',
        ({ state }) => state === 'running',
        job.run.pace === 'watches' ? 1000 : 0,
      )
      const ours = run.targets
      run.end()
      expect(differencesOf(ours, theirs.get(name) ?? [])).toEqual(job.oracle.differences ?? {})
    },
  )
}

/** A real server that discovers. */
interface Real {
  targets(): Promise<Shown>
  /** The end of what it has logged. */
  readonly output?: string
  stop(): Promise<void>
}

function startReal(
  release: OracleRelease,
  scrape_configs: readonly unknown[],
  env: NodeJS.ProcessEnv,
): Promise<Real> {
  if (release === 'vmagent') {
    // Its durations end with the year.
    return RealVmagent.start(JSON.stringify({ global: { scrape_interval: '1y' }, scrape_configs }))
  }
  const config = JSON.stringify({ global: { scrape_interval: '100y' }, scrape_configs })
  return RealPrometheus.start({ 'prometheus.yml': config }, { release, env })
}

/** Waits until Prometheus has all targets. @returns them, by job */
async function foundBy(
  prometheus: Real,
  compared: readonly Job[],
  stages: ReadonlyMap<Job, Stage>,
): Promise<ReadonlyMap<string, readonly Labels[]>> {
  const found = new Map<string, readonly Labels[]>()
  let missing = compared
  try {
    await until(
      'all targets',
      async () => {
        const { droppedTargets } = await prometheus.targets()
        for (const { name } of compared) {
          const ofJob = droppedTargets.filter(({ discoveredLabels: { job } }) => job === name)
          found.set(
            name,
            ofJob.map((one) => withoutScrapeLabels(one.discoveredLabels)),
          )
        }
        missing = compared.filter(
          (job) => (found.get(job.name)?.length ?? 0) < (stages.get(job)?.targets.length ?? 0),
        )
        return missing.length === 0
      },
      45_000,
    )
  } catch (cause) {
    const asked = missing.map((job) => [job.name, stages.get(job)?.unexpected ?? []])
    throw new Error(
      `Prometheus does not find the targets of these, and asks for: ${JSON.stringify(asked)}; it says:\n${prometheus.output ?? ''}`,
      { cause },
    )
  }
  return found
}

describe('a mechanism that is not compared with a real Prometheus', () => {
  it('says why', async () => {
    const runs = (await mechanismsWithCases()).flatMap(({ cases }) => cases?.runs ?? [])
    for (const { oracle } of runs) if (typeof oracle === 'string') expect(oracle).toMatch(/\w{3}/)
  })
})
