import { mkdir, readdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { asyncScheduler, type Observable, type SchedulerLike } from 'rxjs'
import type { Registry } from 'prom-client'
import { draftSuffix } from '../discovery/state/atomic-write.js'
import { processFiles } from '../go/files.js'
import { abortable, type Actor, timerMs } from '../run/index.js'
import type { PoolChange, SdForm } from '../scrape/index.js'
import type { Logger } from '../telemetry/index.js'
import { backOffDelay } from '../waiting/back-off.js'
import type { Turns } from '../waiting/turns.js'
import type { Completeness } from './completeness.js'
import { DueJobs } from './due-jobs.js'
import { FileSdError } from './errors.js'
import { FileIndex } from './file-index.js'
import { fileNameOf } from './file-name.js'
import { FileSdMetrics } from './file-sd-metrics.js'
import { GroupGatherer, type PlainGroup } from './group-gatherer.js'
import { ownFolder, TargetFile } from './target-file.js'

/** A pool whose targets go to a file. */
export interface FiledPool {
  readonly name: string
  /** Its http_sd answer as JSON elements with commas between them, in several texts. */
  list(
    kind: 'relabeled',
    form: SdForm,
  ): { readonly parts: readonly unknown[]; texts(index: number): Iterable<string> }
}

export interface FileSdOutputOptions {
  /** Where the files go. */
  readonly folder: string
  /** Whether the files have the interval and the timeout of each target, which replace those of the reader's job. */
  readonly settings: boolean
  readonly pools: {
    readonly changes: Observable<PoolChange>
    pools(): readonly FiledPool[]
    pool(name: string): FiledPool | undefined
  }
  /** Whether the config has such a job: one without a pool has had no targets yet, or is gone. */
  readonly isConfigured: (job: string) => boolean
  /** Tells when a list is whole: no file is written before. */
  readonly completeness: Completeness
  readonly turns: Turns
  readonly registry: Registry
  readonly logger: Logger
  readonly scheduler?: SchedulerLike
  /** A number in [0, 1), for jitter. */
  readonly random?: () => number
}

/** What is to be known of the file of one job. */
export interface FiledJob {
  readonly job: string
  readonly file: string
  /** When it was last written; milliseconds since 1970, undefined where this process has not. */
  readonly writtenAt: number | undefined
  readonly targets: number
  /** Why it lacks the latest changes; undefined where it does not. */
  readonly error: string | undefined
  /** Why it is not written yet; undefined once it was. */
  readonly waitsFor: string | undefined
}

/** A reader reads all of a file again, so a change that follows closely waits; milliseconds. */
const leastGapMs = 1000

/** Of the time, no more than a fifth goes to writing one file. */
const gapFactor = 4

const retry = { firstMs: 1000, maxMs: 60_000 }

const withinMs = 60_000

/** What is remembered of a job. */
interface Kept {
  readonly file: TargetFile
  status: Omit<FiledJob, 'job' | 'file'>
  failures: number
  hasWarned: boolean
}

/**
 * Writes the targets of each job to a file for `file_sd_configs`, as an actor: `<folder>/<job>.json`, grouped and
 * sorted. A file is written when its content differs, and not before the list is whole; it stays when muster stops,
 * and is deleted when its job is gone. Files of others are neither replaced nor deleted.
 */
export class FileSdOutput implements Actor {
  readonly name = 'file_sd output'
  readonly #options: FileSdOutputOptions
  readonly #scheduler: SchedulerLike
  readonly #index: FileIndex
  readonly #metrics: FileSdMetrics
  readonly #jobs: Map<string, Kept> = new Map()
  readonly #due = new DueJobs()
  readonly #actor: Actor
  #wake: () => void = () => {}

  constructor(options: FileSdOutputOptions) {
    this.#options = options
    this.#scheduler = options.scheduler ?? asyncScheduler
    this.#index = new FileIndex(path.join(options.folder, ownFolder))
    this.#metrics = new FileSdMetrics(options.registry)
    this.#actor = abortable(this.name, (signal) => this.#run(signal))
  }

  /** @throws {FileSdError} where the folder cannot be used */
  execute(): Promise<void> {
    return this.#actor.execute()
  }

  interrupt(reason: unknown): void | Promise<void> {
    return this.#actor.interrupt(reason)
  }

  /** The files, in the order of their jobs. */
  files(): readonly FiledJob[] {
    return [...this.#jobs]
      .map(([job, { file, status }]) => ({ job, file: file.path, ...status }))
      .sort((a, b) => (a.job < b.job ? -1 : 1))
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { pools } = this.#options
    await this.#open()
    const following = pools.changes.subscribe(({ pool }) => this.#add(pool))
    try {
      for (const { name } of pools.pools()) this.#add(name)
      // Those of an earlier run whose jobs are gone.
      for (const { job } of this.#index.all().values()) this.#add(job)
      while (!signal.aborted) await this.#next(signal)
    } finally {
      following.unsubscribe()
    }
  }

  async #open(): Promise<void> {
    const own = path.join(this.#options.folder, ownFolder)
    try {
      await processFiles.step(own, () => mkdir(own, { recursive: true }), withinMs)
      await this.#index.load()
      for (const name of await processFiles.step(own, () => readdir(own), withinMs)) {
        // What a process that was killed left behind.
        if (!name.endsWith(draftSuffix)) continue
        await processFiles.step(own, () => rm(path.join(own, name), { force: true }), withinMs)
      }
    } catch (cause) {
      if (cause instanceof FileSdError) throw cause
      throw new FileSdError(
        `--output.file-sd: ${messageOf(cause)}: name a folder that muster may write to`,
        { cause },
      )
    }
  }

  #add(job: string): void {
    this.#due.add(job, this.#scheduler.now())
    this.#wake()
  }

  /** Does what is due, or waits until something is. */
  async #next(signal: AbortSignal): Promise<void> {
    const first = this.#due.first()
    const wait = first === undefined ? Infinity : first.at - this.#scheduler.now()
    if (first === undefined || wait > 0) {
      await this.#rest(wait, signal)
      return
    }
    this.#due.take(first.job)
    await this.#update(first.job)
  }

  /** Waits for this long, or until something else is due. */
  async #rest(ms: number, signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve) => {
      // Without anything to do, no timer runs.
      const timer = ms === Infinity ? undefined : this.#scheduler.schedule(() => end(), timerMs(ms))
      const end = (): void => {
        timer?.unsubscribe()
        signal.removeEventListener('abort', end)
        this.#wake = () => {}
        resolve()
      }
      this.#wake = end
      signal.addEventListener('abort', end)
      if (signal.aborted) end()
    })
  }

  async #update(job: string): Promise<void> {
    const { pools, completeness, isConfigured } = this.#options
    const pool = pools.pool(job)
    const begun = this.#scheduler.now()
    try {
      if (pool === undefined) {
        if (!isConfigured(job)) await this.#remove(job)
        return
      }
      const kept = this.#keptOf(job)
      const missing = completeness.missing(pool)
      if (missing !== undefined) {
        kept.status = { ...kept.status, waitsFor: missing.reason }
        this.#due.add(job, begun + missing.retryAfterSeconds * 1000)
        return
      }
      await this.#write(pool, kept)
      const took = Math.max(0, this.#scheduler.now() - begun)
      this.#due.rest(job, begun + took + Math.max(leastGapMs, took * gapFactor))
      this.#recovered(job, kept)
    } catch (error) {
      this.#failed(job, error)
    }
    const behind = [...this.#jobs.values()].filter(({ failures }) => failures > 0)
    this.#metrics.behind(behind.length)
  }

  #keptOf(job: string): Kept {
    const known = this.#jobs.get(job)
    if (known !== undefined) return known
    const name = fileNameOf(job)
    const made: Kept = {
      file: new TargetFile(path.join(this.#options.folder, name)),
      status: {
        writtenAt: undefined,
        targets: this.#index.get(name)?.targets ?? 0,
        error: undefined,
        waitsFor: undefined,
      },
      failures: 0,
      hasWarned: false,
    }
    this.#jobs.set(job, made)
    return made
  }

  async #write(pool: FiledPool, kept: Kept): Promise<void> {
    const { settings, turns, logger } = this.#options
    const { name: job } = pool
    const name = fileNameOf(job)
    const gatherer = new GroupGatherer()
    const list = pool.list('relabeled', { form: 'groups', settings })
    for (const index of list.parts.keys()) {
      for (const text of list.texts(index)) {
        for (const group of JSON.parse(`[${text}]`) as readonly PlainGroup[]) gatherer.add(group)
      }
      if (turns.isOver) await turns.next()
    }
    if (gatherer.hasExpansions && !kept.hasWarned) {
      kept.hasWarned = true
      logger.warn('A label has %{ in it, which vmagent takes for an environment variable', { job })
    }
    const text = await gatherer.text(turns)
    const indexed = this.#index.get(name)
    if (indexed === undefined) {
      await this.#claim(kept.file, name, job)
    }
    const isWritten = await kept.file.write(text)
    const at = this.#scheduler.now()
    if (isWritten || indexed?.version !== text.version) {
      const { version, targets } = text
      const writtenAt = new Date(at).toISOString()
      await this.#index.set(name, { job, version, writtenAt, targets })
    }
    if (isWritten) this.#metrics.wrote()
    kept.status = {
      writtenAt: isWritten ? at : kept.status.writtenAt,
      targets: text.targets,
      error: undefined,
      waitsFor: undefined,
    }
  }

  /** Writes down that a file is muster's before it is there. */
  async #claim(file: TargetFile, name: string, job: string): Promise<void> {
    if ((await file.version()) !== undefined) {
      throw new FileSdError(
        `${file.path} is there already, and muster has not written it: move it, or name another folder`,
      )
    }
    const writtenAt = new Date(this.#scheduler.now()).toISOString()
    await this.#index.set(name, { job, version: '', writtenAt, targets: 0 })
  }

  /** Deletes the file of a job that is gone, unless it is not what muster wrote. */
  async #remove(job: string): Promise<void> {
    const { folder, logger } = this.#options
    const name = fileNameOf(job)
    const indexed = this.#index.get(name)
    if (indexed?.job === job) {
      const file = new TargetFile(path.join(folder, name))
      const version = await file.version()
      if (version !== undefined && version !== indexed.version) {
        logger.warn('The file of a job that is gone was changed by others, and stays', {
          file: file.path,
        })
      } else {
        await processFiles.step(file.path, () => rm(file.path, { force: true }), withinMs)
        logger.info('Deleted the file of a job that is gone', { file: file.path })
      }
      await this.#index.delete(name)
    }
    this.#jobs.delete(job)
    this.#due.forget(job)
  }

  #recovered(job: string, kept: Kept): void {
    if (kept.failures === 0) return
    kept.failures = 0
    this.#options.logger.info('The file of targets is up to date again', {
      job,
      file: kept.file.path,
    })
  }

  #failed(job: string, error: unknown): void {
    const { logger, random = Math.random } = this.#options
    const kept = this.#keptOf(job)
    kept.failures += 1
    kept.status = { ...kept.status, error: messageOf(error) }
    this.#metrics.failed()
    const file = kept.file.path
    if (kept.failures === 1) {
      logger.error('Unable to write a file of targets, the last one stays', {
        job,
        file,
        err: error,
      })
    } else logger.debug('Still unable to write a file of targets', { job, file, err: error })
    const at = this.#scheduler.now() + backOffDelay(kept.failures, error, random, retry)
    this.#due.rest(job, at)
    this.#due.add(job, at)
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
