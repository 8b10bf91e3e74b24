import {
  type Config,
  ConfigReadError,
  loadConfig,
  readConfigInput,
  type ScrapeConfig,
} from '../../config/index.js'
import type { MechanismRegistry } from '../../discovery/index.js'
import { visibleLine } from '../../go/visible.js'
import { CompiledRules } from '../../relabel/index.js'
import { ConfigError, didYouMean } from '../../yaml/index.js'
import { alertmanagerSubject, sampleSubject, type Subject, targetSubject } from './subject.js'

/** A config that was loaded, with what its rules were compiled to. */
export class TestedConfig {
  readonly config: Config
  readonly #jobs: ReadonlyMap<string, ScrapeConfig>
  readonly #known = new CompiledRules()
  readonly #subjects: Map<string, Subject> = new Map()

  constructor(config: Config) {
    this.config = config
    this.#jobs = new Map(config.jobs.map((job) => [job.job_name, job]))
  }

  get file(): string {
    return this.config.file
  }

  job(name: string): ScrapeConfig | undefined {
    return this.#jobs.get(name)
  }

  targets(job: ScrapeConfig): Subject {
    return this.#obtain(`target ${job.job_name}`, () => targetSubject(job, this.#known))
  }

  samples(job: ScrapeConfig): Subject {
    return this.#obtain(`sample ${job.job_name}`, () => sampleSubject(job))
  }

  /** @returns undefined where the config has no such section */
  alertmanagers(index: number): Subject | undefined {
    const key = `alertmanager ${String(index)}`
    const known = this.#subjects.get(key)
    if (known !== undefined) return known
    const made = alertmanagerSubject(this.config, index)
    if (made !== undefined) this.#subjects.set(key, made)
    return made
  }

  /** Every list of rules of the config, in its order. */
  subjects(): readonly Subject[] {
    const { jobs, alerting } = this.config
    return [
      ...jobs.flatMap((job) => [this.targets(job), this.samples(job)]),
      ...alerting.alertmanagers.flatMap((_, index) => this.alertmanagers(index) ?? []),
    ]
  }

  /** What a job name was probably meant for. */
  hintFor(job: string): string | undefined {
    return didYouMean(job, this.#jobs.keys())
  }

  #obtain(key: string, make: () => Subject): Subject {
    const known = this.#subjects.get(key)
    if (known !== undefined) return known
    const made = make()
    this.#subjects.set(key, made)
    return made
  }
}

/** What loading configs needs from outside. */
export interface ConfigSurroundings {
  readonly mechanisms: MechanismRegistry
  readonly env: Readonly<Record<string, string | undefined>>
}

/** The configs that test files name, each loaded once. */
export class TestedConfigs {
  readonly #surroundings: ConfigSurroundings
  readonly #known: Map<string, Promise<TestedConfig | string>> = new Map()

  constructor(surroundings: ConfigSurroundings) {
    this.#surroundings = surroundings
  }

  /** @returns the reason, in one line or more, where the file cannot be used */
  load(file: string): Promise<TestedConfig | string> {
    const known = this.#known.get(file) ?? this.#load(file)
    this.#known.set(file, known)
    return known
  }

  /** Those that could be loaded, in the order in which they were first named. */
  async loaded(): Promise<readonly TestedConfig[]> {
    const all = await Promise.all(this.#known.values())
    return all.filter((one) => typeof one !== 'string')
  }

  async #load(file: string): Promise<TestedConfig | string> {
    try {
      return new TestedConfig(
        await loadConfig(file, { ...this.#surroundings, readFile: readConfigInput }),
      )
    } catch (error) {
      if (error instanceof ConfigError) return error.message
      if (error instanceof ConfigReadError) return visibleLine(error.message)
      throw error
    }
  }
}
