import { expect } from 'vitest'
import type { Labels } from '../../../src/labels/index.js'
import type { MechanismFactory } from '../../../src/mechanisms/kit/index.js'
import { LiveMechanism } from '../../helpers/live-mechanism.js'
import { RealPrometheus, type Shown } from '../../helpers/real-prometheus.js'
import { RealVmagent } from '../../helpers/real-vmagent.js'
import { until } from '../../helpers/until.js'
import type { Element, OracleCase } from './cases.js'
import { differencesOf, withoutScrapeLabels } from './differences.js'

/** How the two are compared. */
export interface BesideOptions {
  /** The other one; default Prometheus 3.5.3. */
  readonly release?: 'prometheus' | 'vmagent'
  /** Neither has a `refresh_interval`: both watch. */
  readonly watches?: true
  /** Targets that are not compared. */
  readonly without?: (labels: Labels) => boolean
}

/** What it is compared with. */
interface Other {
  targets(): Promise<Shown>
  stop(): Promise<void>
}

/** A mechanism and a real Prometheus on the same real server, by job. Prometheus polls; the mechanism must watch. */
export class BesidePrometheus {
  readonly #ours: ReadonlyMap<string, LiveMechanism>
  readonly #theirs: Other
  readonly #isCompared: (labels: Labels) => boolean

  private constructor(
    ours: ReadonlyMap<string, LiveMechanism>,
    theirs: Other,
    { without = () => false }: BesideOptions,
  ) {
    this.#ours = ours
    this.#theirs = theirs
    this.#isCompared = (labels) => !without(labels)
  }

  /**
   * Starts both.
   * @param key `docker_sd_configs`
   * @param jobs an element for each, without `refresh_interval`
   */
  static async start(
    make: MechanismFactory,
    key: string,
    jobs: Readonly<Record<string, Element>>,
    options: BesideOptions = {},
  ): Promise<BesidePrometheus> {
    const { release = 'prometheus', watches } = options
    const every = (time: string): Element => (watches === true ? {} : { refresh_interval: time })
    const scrape_configs = Object.entries(jobs).map(([job_name, element]) => ({
      job_name,
      // It discovers, and scrapes nothing.
      relabel_configs: [{ action: 'drop', source_labels: ['__address__'], regex: '.*' }],
      [key]: [{ ...element, ...every('1s') }],
    }))
    const config = JSON.stringify({ global: { scrape_interval: '100y' }, scrape_configs })
    const theirs =
      release === 'vmagent'
        ? await RealVmagent.start(config, ['-promscrape.kubernetesSDCheckInterval=1s'])
        : await RealPrometheus.start({ 'prometheus.yml': config })
    const ours = new Map(
      Object.entries(jobs).map(([name, element]) => [
        name,
        new LiveMechanism(make, { ...element, ...every('1h') }),
      ]),
    )
    return new BesidePrometheus(ours, theirs, options)
  }

  /** The mechanism of a job. */
  of(job: string): LiveMechanism {
    const one = this.#ours.get(job)
    if (one === undefined) throw new Error(`there is no job ${job}`)
    return one
  }

  /**
   * Waits until the mechanism has what it should have, and Prometheus has the same targets with the same labels.
   * @param holds whether it has that
   * @param differences the labels that may differ
   */
  async agree(
    holds: () => boolean,
    differences: NonNullable<OracleCase['differences']> = {},
  ): Promise<void> {
    let found: unknown = []
    try {
      await until(
        'the same targets',
        async () => {
          const { droppedTargets } = await this.#theirs.targets()
          found = Array.from(this.#ours, ([job, { targets }]) => {
            const ofJob = droppedTargets
              .map(({ discoveredLabels }) => discoveredLabels)
              .filter((labels) => labels['job'] === job)
            return unequal(
              targets.filter(this.#isCompared),
              ofJob.map(withoutScrapeLabels).filter(this.#isCompared),
              differences,
            )
          }).filter((one) => one !== undefined)
          return JSON.stringify(found) === '[]' && holds()
        },
        45_000,
      )
    } catch {
      expect(found).toEqual([])
      expect(
        Object.fromEntries(Array.from(this.#ours, ([job, { targets }]) => [job, targets])),
      ).toBe('as wanted')
    }
  }

  async stop(): Promise<void> {
    for (const one of this.#ours.values()) one.stop()
    await this.#theirs.stop()
  }
}

/** How the targets differ; undefined where they do not. */
function unequal(
  ours: readonly Labels[],
  theirs: readonly Labels[],
  allowed: NonNullable<OracleCase['differences']>,
): unknown {
  try {
    const differences = Object.entries(differencesOf(ours, theirs))
    const unknown = differences.filter(([name, side]) => allowed[name] !== side)
    return unknown.length === 0 ? undefined : unknown
  } catch (error) {
    return { ours, theirs, error }
  }
}
