import { Registry } from 'prom-client'
import { Subject } from 'rxjs'
import { expect, it } from 'vitest'
import type { TargetUpdate } from '../../src/discovery/updates.js'
import { ScrapeManager, type ScrapePool } from '../../src/scrape/index.js'
import { describeWithPeers } from '../helpers/peers.js'
import { colliding, differences, lines, targetGroups, undecided } from './fuzz-compare.js'
import { type FuzzJob, fuzzFiles, fuzzJob } from './fuzz-jobs.js'
import { RealPrometheus, type Shown, type ShownTarget } from '../helpers/real-prometheus.js'

const seeds = Number(process.env['FUZZ_SEEDS'] ?? 10)
const firstSeed = Number(process.env['FUZZ_FIRST_SEED'] ?? 1)
// How many jobs share one run of Prometheus, which takes a quarter of a minute to show its targets.
const batch = 50
const starts = Array.from({ length: Math.ceil(seeds / batch) }, (_, i) => firstSeed + i * batch)

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** What muster shows for these jobs. */
async function musterShows(jobs: readonly FuzzJob[]): Promise<Shown> {
  const updates = new Subject<TargetUpdate>()
  const manager = new ScrapeManager({ updates, registry: new Registry() })
  manager.prepare(jobs.map(({ job }) => job)).commit()
  const running = manager.execute()
  for (const [i, { job, groups }] of jobs.entries()) {
    const found = targetGroups(groups, `${String(i)}.json`)
    const changes = new Map(found.map((group) => [group.source, group]))
    updates.next({ set: job.job_name, generation: 1, changes })
  }
  while (!manager.isSettled) await pause(1)
  const all = (pieces: (pool: ScrapePool) => Iterable<string>): readonly ShownTarget[] =>
    manager
      .pools()
      .flatMap((pool) => JSON.parse(`[${[...pieces(pool)].join(',')}]`) as readonly ShownTarget[])
  const shown: Shown = {
    activeTargets: all((pool) => pool.list('active')),
    droppedTargets: all((pool) => pool.list('dropped')),
  }
  manager.interrupt()
  await running
  return shown
}

describeWithPeers(
  'random rules on random labels, against the real Prometheus',
  ['prometheus'],
  () => {
    it.each(starts)(
      'become the same targets (50 seeds from %i)',
      async (start) => {
        const count = Math.min(batch, firstSeed + seeds - start)
        const jobs = Array.from({ length: count }, (_, i) => fuzzJob(start + i))
        const ours = await musterShows(jobs)
        const compare = (theirs: Shown): readonly string[] =>
          jobs.flatMap((one, i) => {
            const pool = one.job.job_name
            const file = `${String(i)}.json`
            const leaveOut = new Set([...undecided(one, file), ...colliding(one, file)])
            const [left, right] = [lines(ours, pool, leaveOut), lines(theirs, pool, leaveOut)]
            return differences(left, right).map((line) => `${pool} ${line}`)
          })
        const prometheus = await RealPrometheus.start(fuzzFiles(jobs))
        try {
          const deadline = Date.now() + 60_000
          let found: readonly string[] = ['Prometheus shows no targets']
          while (found.length > 0 && Date.now() < deadline) {
            await pause(1000)
            const theirs = await prometheus.targets()
            if (theirs.activeTargets.length > 0) found = compare(theirs)
          }
          expect(found.slice(0, 20)).toEqual([])
        } finally {
          await prometheus.stop()
        }
        expect(ours.activeTargets.length + ours.droppedTargets.length).toBeGreaterThan(count * 20)
      },
      120_000,
    )
  },
)
