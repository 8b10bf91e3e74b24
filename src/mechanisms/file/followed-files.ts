import { type BackOff, backOffDelay } from '../../waiting/back-off.js'
import { errorMessage } from '../../telemetry/error-text.js'
import type { DiscovererContext, Finding } from '../../discovery/mechanism.js'
import type { TargetGroup } from '../../discovery/groups/target-group.js'
import type { FolderChange } from './folder-watches.js'
import { type FileFailure, FollowedFile } from './followed-file.js'
import { FilePattern } from '../../go/glob.js'
import type { FileMetrics } from './metrics.js'
import type { Scan } from './pending-scan.js'
import { TargetFileError } from './read-file.js'

export interface FollowedFilesOptions {
  readonly patterns: readonly string[]
  /** Milliseconds: no file that cannot be read waits longer for the next try. */
  readonly refreshMs: number
  readonly context: DiscovererContext
  readonly metrics: FileMetrics
  /** The most a file may have, in bytes. */
  readonly limit: number
}

/** Files that are to be looked at again without a change in their folder. */
export interface Retry {
  readonly paths: readonly string[]
  /** In milliseconds. */
  readonly waitMs: number
}

/** Why a file cannot be read, and how often in a row that was so. */
interface RepeatedFailure extends FileFailure {
  readonly times: number
}

// A file that is written in place is complete after this, or else its content is really wrong.
const secondLookMs = 100

/** The files that match some patterns: the groups of each, and which of them cannot be read. */
export class FollowedFiles {
  readonly #options: FollowedFilesOptions
  readonly #patterns: readonly FilePattern[]
  readonly #files = new Map<string, FollowedFile>()
  /** In the order in which they began to fail. */
  readonly #failing = new Map<string, RepeatedFailure>()
  #listing: { readonly kind: 'complete' } | { readonly kind: 'failed'; readonly error: unknown } = {
    kind: 'complete',
  }
  #retry: Retry | undefined

  constructor(options: FollowedFilesOptions) {
    this.#options = options
    this.#patterns = options.patterns.map((pattern) => new FilePattern(pattern))
  }

  /** The folders in which files may match, as far as they can be watched. */
  get folders(): readonly string[] {
    const watchable = this.#patterns.filter((pattern) => pattern.isWatchable)
    return [...new Set(watchable.map((pattern) => pattern.folder))]
  }

  /** What the last scan could not read, where another try may help; undefined where none can. */
  get retry(): Retry | undefined {
    return this.#retry
  }

  /** What has to be looked at after a change in a folder. */
  affectedBy({ folder, name }: FolderChange): Scan {
    if (name === undefined) return { kind: 'everything', force: false }
    const paths = this.#patterns
      .filter((pattern) => pattern.folder === folder)
      .map((pattern) => pattern.pathOf(name))
      .filter((path) => path !== undefined)
    return { kind: 'files', paths: paths.length > 0 ? paths : this.#links() }
  }

  /**
   * Looks at files, and reads those that changed. Each scan makes one finding: groups that may have
   * changed, and whether everything could be read.
   * @throws the signal's reason
   */
  async scan(scan: Scan, signal: AbortSignal): Promise<Finding> {
    const groups: TargetGroup[] = []
    const paths = scan.kind === 'everything' ? await this.#list(groups, signal) : scan.paths
    const force = scan.kind === 'everything' && scan.force
    for (const path of paths) {
      for (const group of await this.#check(path, force, signal)) groups.push(group)
    }
    this.#retry = this.#planRetry()
    return { ...(groups.length > 0 ? { groups } : {}), ...this.#health() }
  }

  /** Ends the series of all files in the metrics. */
  release(): void {
    for (const path of this.#files.keys()) this.#options.metrics.release(path)
    this.#files.clear()
  }

  /** The files that may have changed because a link near them did. */
  #links(): readonly string[] {
    return Array.from(this.#files.values())
      .filter((file) => file.isLink)
      .map((file) => file.path)
  }

  /** The paths that match now; adds the emptied groups of those that do not match any more. */
  async #list(groups: TargetGroup[], signal: AbortSignal): Promise<ReadonlySet<string>> {
    const paths = new Set<string>()
    this.#listing = { kind: 'complete' }
    for (const pattern of this.#patterns) {
      try {
        for (const path of await pattern.list()) paths.add(path)
      } catch (error) {
        this.#listing = { kind: 'failed', error }
        this.#options.context.logger.error('Error listing files', {
          pattern: pattern.pattern,
          err: error,
        })
      }
      signal.throwIfAborted()
    }
    // A folder that cannot be read does not mean that its files are gone.
    if (this.#listing.kind === 'failed') return new Set([...paths, ...this.#files.keys()])
    for (const [path, file] of this.#files) {
      if (paths.has(path)) continue
      for (const group of file.drop()) groups.push(group)
      this.#forget(path)
    }
    return paths
  }

  /** @returns the groups of a file that may have changed */
  async #check(path: string, force: boolean, signal: AbortSignal): Promise<readonly TargetGroup[]> {
    const { metrics, limit, context } = this.#options
    const file = this.#files.get(path) ?? new FollowedFile(path, context.turns)
    const check = await file.check({ force, limit, now: context.scheduler.now() })
    signal.throwIfAborted()
    if (check.kind === 'gone') {
      this.#forget(path)
      return check.changed
    }
    if (!this.#files.has(path)) {
      this.#files.set(path, file)
      metrics.hold(path)
    }
    switch (check.kind) {
      case 'unchanged':
        return []
      case 'failed':
        this.#failed(path, check.failure)
        return []
      case 'read':
        this.#failing.delete(path)
        metrics.mtime(path, check.mtimeMs)
        return check.changed
    }
  }

  #forget(path: string): void {
    this.#failing.delete(path)
    if (this.#files.delete(path)) this.#options.metrics.release(path)
  }

  #failed(path: string, failure: FileFailure): void {
    const times = (this.#failing.get(path)?.times ?? 0) + 1
    const repeated = { ...failure, times }
    this.#failing.set(path, repeated)
    if (getsSecondLook(repeated)) return
    this.#options.metrics.readErrors.inc()
    this.#options.context.logger.error('Error reading file', { path, err: failure.error })
  }

  #planRetry(): Retry | undefined {
    const { refreshMs, context } = this.#options
    const waits = Array.from(this.#failing.values(), (failure) =>
      retryWait(failure, refreshMs, context.random),
    )
    const waitMs = waits.reduce((a, b) => Math.min(a, b), Infinity)
    return Number.isFinite(waitMs) ? { paths: [...this.#failing.keys()], waitMs } : undefined
  }

  #health(): Pick<Finding, 'complete' | 'trouble'> {
    const error = this.#error()
    if (error !== undefined) {
      const { scheduler } = this.#options.context
      const nextTry = this.#retry && scheduler.now() + this.#retry.waitMs
      return { trouble: { error, nextTry } }
    }
    return this.#failing.size === 0 ? { complete: true } : {}
  }

  /** What is wrong, leaving out files that get a second look first. */
  #error(): unknown {
    for (const [path, failure] of this.#failing) {
      if (!getsSecondLook(failure)) return withPath(path, failure)
    }
    return this.#listing.kind === 'failed' ? this.#listing.error : undefined
  }
}

/** The error of a file as its provider shows it: with the path. */
function withPath(path: string, { error }: FileFailure): unknown {
  const message = errorMessage(error)
  return message.includes(path)
    ? error
    : new TargetFileError(`${path}: ${message}`, { cause: error })
}

/** A file that may still be being written is looked at again before its error is reported. */
function getsSecondLook({ cause, times }: RepeatedFailure): boolean {
  return cause === 'fresh' && times === 1
}

/**
 * When to look at a file again, in milliseconds; never (Infinity) where only another content can help:
 * a change is noticed.
 */
function retryWait(failure: RepeatedFailure, refreshMs: number, random: () => number): number {
  if (getsSecondLook(failure)) return secondLookMs
  if (failure.cause !== 'system') return Infinity
  const backOff: BackOff = { firstMs: Math.min(1000, refreshMs), maxMs: refreshMs }
  return backOffDelay(failure.times, failure.error, random, backOff)
}
