import { interval, type SchedulerLike, type Subscription, timer } from 'rxjs'
import { timerMs } from '../../run/index.js'
import { type BackOff, backOffDelay } from '../../waiting/back-off.js'
import { errorMessage } from '../../telemetry/error-text.js'
import type { DiscovererContext, Finding } from '../../discovery/mechanism.js'
import type { TargetGroup } from '../../discovery/groups/target-group.js'
import { TargetFileError } from './errors.js'
import { FolderWatches } from './folder-watches.js'
import { type CheckFailure, FollowedFile } from './followed-file.js'
import { FilePattern } from '../../go/glob.js'
import type { FileMetrics } from './metrics.js'
import type { WatchFolder } from './watch.js'

export interface FileSearchOptions {
  readonly patterns: readonly string[]
  readonly refreshMs: number
  readonly context: DiscovererContext
  readonly metrics: FileMetrics
  readonly watch: WatchFolder
  /** The most a file may have, in bytes. */
  readonly limit: number
  readonly emit: (finding: Finding) => void
  /** Something went wrong that no file is to blame for. */
  readonly fail: (error: unknown) => void
}

/** What is to be looked at next: some paths, or everything there is. */
interface Due {
  paths: Set<string>
  all: boolean
  /** Reads files even when nothing tells that they changed. */
  force: boolean
}

const nothingDue = (): Due => ({ paths: new Set(), all: false, force: false })
// Whoever is writing a file in place is done after this, or else the content is really wrong.
const secondLookMs = 100

/** Follows the files of some patterns: one scan at a time, of what changed meanwhile. */
export class FileSearch {
  readonly #options: FileSearchOptions
  readonly #scheduler: SchedulerLike
  readonly #patterns: readonly FilePattern[]
  readonly #watches: FolderWatches
  readonly #files = new Map<string, FollowedFile>()
  /** The files that could not be read, and how often in a row. */
  readonly #failing = new Map<string, CheckFailure & { readonly times: number }>()
  #due = nothingDue()
  #tick: Subscription | undefined
  #retry: Subscription | undefined
  #isScanning = false
  #isStopped = false
  #isFirst = true
  #failure: unknown

  constructor(options: FileSearchOptions) {
    const { watch, metrics, context } = options
    this.#options = options
    this.#scheduler = context.scheduler
    this.#patterns = options.patterns.map((pattern) => new FilePattern(pattern))
    const watchable = this.#patterns.filter((pattern) => pattern.isWatchable)
    this.#watches = new FolderWatches({
      folders: [...new Set(watchable.map((pattern) => pattern.folder))],
      watch,
      logger: context.logger,
      metrics,
      onChange: (folder, name) => this.#noticed(folder, name),
    })
  }

  start(): void {
    this.#wake({ all: true, force: true })
    this.#tick = interval(timerMs(this.#options.refreshMs), this.#scheduler).subscribe(() =>
      this.#wake({ all: true, force: true }),
    )
  }

  stop(): void {
    this.#isStopped = true
    this.#tick?.unsubscribe()
    this.#retry?.unsubscribe()
    this.#watches.close()
    for (const path of this.#files.keys()) this.#options.metrics.release(path)
    this.#files.clear()
  }

  #noticed(folder: string, name: string | undefined): void {
    if (name === undefined) {
      this.#wake({ all: true })
      return
    }
    const inFolder = this.#patterns.filter((pattern) => pattern.folder === folder)
    const named = inFolder
      .map((pattern) => pattern.pathOf(name))
      .filter((path) => path !== undefined)
    if (named.length > 0) this.#wake({ paths: named })
    else this.#wake({ paths: this.#links() })
  }

  /** The files that may have changed because a link near them did. */
  #links(): readonly string[] {
    return Array.from(this.#files.values())
      .filter((file) => file.isLink)
      .map((file) => file.path)
  }

  #wake(due: { paths?: readonly string[]; all?: boolean; force?: boolean }): void {
    for (const path of due.paths ?? []) this.#due.paths.add(path)
    this.#due.all ||= due.all ?? false
    this.#due.force ||= due.force ?? false
    if (!this.#isScanning && !this.#isStopped) {
      this.#work().catch((error: unknown) => {
        if (!this.#isStopped) this.#options.fail(error)
      })
    }
  }

  async #work(): Promise<void> {
    this.#isScanning = true
    try {
      while (!this.#isStopped && (this.#due.all || this.#due.paths.size > 0)) {
        const due = this.#due
        this.#due = nothingDue()
        await this.#scan(due)
      }
    } finally {
      this.#isScanning = false
    }
  }

  async #scan(due: Due): Promise<void> {
    const begun = performance.now()
    const changed: TargetGroup[] = []
    if (due.all) await this.#watches.renew()
    const paths = due.all ? await this.#list(changed) : due.paths
    for (const path of paths) {
      if (this.#isStopped) return
      for (const group of await this.#check(path, due.force)) changed.push(group)
    }
    this.#options.metrics.scanDuration.observe((performance.now() - begun) / 1000)
    if (this.#isStopped) return
    this.#options.emit({
      ...(changed.length > 0 || this.#isFirst ? { groups: changed } : {}),
      ...this.#judge(),
    })
    this.#isFirst = false
  }

  /** The paths that match now; adds the emptied groups of those that do no more. */
  async #list(changed: TargetGroup[]): Promise<ReadonlySet<string>> {
    const paths = new Set<string>()
    this.#failure = undefined
    for (const pattern of this.#patterns) {
      try {
        for (const path of await pattern.list()) paths.add(path)
      } catch (error) {
        this.#failure = error
        this.#options.context.logger.error('Error listing files', {
          pattern: pattern.pattern,
          err: error,
        })
      }
    }
    // A folder that cannot be read does not mean that its files are gone.
    if (this.#failure !== undefined) return new Set([...paths, ...this.#files.keys()])
    for (const [path, file] of this.#files) {
      if (paths.has(path)) continue
      for (const group of file.drop()) changed.push(group)
      this.#forget(path)
    }
    return paths
  }

  async #check(path: string, force: boolean): Promise<readonly TargetGroup[]> {
    const { metrics, limit } = this.#options
    const file = this.#files.get(path) ?? new FollowedFile(path, this.#options.context.turns)
    const result = await file.check({ force, limit, now: this.#scheduler.now() })
    if (this.#isStopped) return []
    if (result.isGone) {
      this.#forget(path)
      return result.changed
    }
    if (!this.#files.has(path)) {
      this.#files.set(path, file)
      metrics.hold(path)
    }
    if (result.failure !== undefined) this.#failed(path, result.failure)
    else if (result.mtimeMs !== undefined) {
      this.#failing.delete(path)
      metrics.mtime(path, result.mtimeMs)
    }
    return result.changed
  }

  #forget(path: string): void {
    this.#failing.delete(path)
    if (this.#files.delete(path)) this.#options.metrics.release(path)
  }

  #failed(path: string, failure: CheckFailure): void {
    const times = (this.#failing.get(path)?.times ?? 0) + 1
    this.#failing.set(path, { ...failure, times })
    if (isQuiet(failure, times)) return
    this.#options.metrics.readErrors.inc()
    this.#options.context.logger.error('Error reading file', { path, err: failure.error })
  }

  /** Not every file could be read. */
  get #isPartial(): boolean {
    return this.#failing.size > 0 || this.#failure !== undefined
  }

  /** How it is going; plans to look again at what may get well by itself. */
  #judge(): Pick<Finding, 'complete' | 'trouble'> {
    const { context, refreshMs } = this.#options
    this.#retry?.unsubscribe()
    const known = [...this.#failing.values()]
    const waits = known.map((failure) => retryWait(failure, refreshMs, context.random))
    const wait = waits.reduce((a, b) => Math.min(a, b), Infinity)
    if (Number.isFinite(wait)) {
      this.#retry = timer(wait, this.#scheduler).subscribe(() => {
        this.#wake({ paths: [...this.#failing.keys()] })
      })
    }
    if (!this.#isPartial) return { complete: true }
    const loud = [...this.#failing].find(([, failure]) => !isQuiet(failure, failure.times))
    const error = loud === undefined ? this.#failure : naming(...loud)
    if (error === undefined) return {}
    const nextTry = Number.isFinite(wait) ? this.#scheduler.now() + wait : undefined
    return { trouble: { error, nextTry } }
  }
}

/** The error of a file as its provider tells it: with the file. */
function naming(path: string, { error }: CheckFailure): unknown {
  const message = errorMessage(error)
  return message.includes(path)
    ? error
    : new TargetFileError(`${path}: ${message}`, { cause: error })
}

/** A file that is being written right now gets a second look before anybody is told. */
function isQuiet(failure: CheckFailure, times: number): boolean {
  return failure.isFresh && !failure.isSystems && times === 1
}

/** When to look again; never, where only another content can help, and that is noticed. */
function retryWait(
  failure: CheckFailure & { readonly times: number },
  refreshMs: number,
  random: () => number,
): number {
  if (isQuiet(failure, failure.times)) return secondLookMs
  if (!failure.isSystems) return Infinity
  const backOff: BackOff = { firstMs: Math.min(1000, refreshMs), maxMs: refreshMs }
  return backOffDelay(failure.times, failure.error, random, backOff)
}
