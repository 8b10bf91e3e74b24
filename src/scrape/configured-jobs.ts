import type { TargetUpdate } from '../discovery/updates.js'
import { type ScrapeJob, sameTargets } from './job.js'
import { CompiledJob } from './targets/compiled-job.js'

/** A job as it is configured, and what makes its targets. */
export interface ConfiguredJob {
  readonly job: ScrapeJob
  /** Of an earlier version of the job where that makes the same targets. */
  readonly compiled: CompiledJob
}

/** Jobs that may be committed. */
export interface PreparedJobs {
  readonly jobs: ReadonlyMap<string, ConfiguredJob>
  /** That of discovery's updates so far; a newer one belongs to these jobs. */
  readonly generation: number
}

/**
 * The jobs in force, and those of a reload that is under way. The parts of a reload commit in any
 * order: when discovery was first, its updates belong to jobs that are only prepared.
 */
export class ConfiguredJobs {
  #committed: ReadonlyMap<string, ConfiguredJob> = new Map()
  #prepared: PreparedJobs | undefined
  /** That of the last update. */
  #generation = 0

  /** The job of this name that is in force. */
  get(name: string): ConfiguredJob | undefined {
    return this.#committed.get(name)
  }

  /**
   * The job that an update of discovery belongs to: one that is prepared, if the update is of a newer
   * generation than those before the reload.
   */
  of({ set, generation }: TargetUpdate): ConfiguredJob | undefined {
    this.#generation = generation
    const prepared = this.#prepared
    if (prepared === undefined) return this.#committed.get(set)
    if (generation > prepared.generation) return prepared.jobs.get(set)
    return this.#committed.get(set) ?? prepared.jobs.get(set)
  }

  /** @throws when the rules of a job cannot be compiled */
  prepare(jobs: readonly ScrapeJob[]): PreparedJobs {
    const compiled = new Map(jobs.map((job) => [job.job_name, this.#compile(job)]))
    this.#prepared = { jobs: compiled, generation: this.#generation }
    return this.#prepared
  }

  commit(prepared: PreparedJobs): void {
    this.#committed = prepared.jobs
    this.discard(prepared)
  }

  discard(prepared: PreparedJobs): void {
    if (this.#prepared === prepared) this.#prepared = undefined
  }

  #compile(job: ScrapeJob): ConfiguredJob {
    const known = this.#committed.get(job.job_name)?.compiled
    const isSame = known !== undefined && sameTargets(known.job, job)
    return { job, compiled: isSame ? known : new CompiledJob(job) }
  }
}
