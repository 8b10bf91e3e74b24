import path from 'node:path'
import { type Observable, Subject, type Subscription } from 'rxjs'
import type { Logger } from '../../telemetry/index.js'
import { processFiles } from '../../go/files.js'
import { isAbsent } from '../../go/glob.js'
import type { FileMetrics } from './metrics.js'
import type { WatchFolder } from './watch.js'

export interface FolderWatchesOptions {
  readonly folders: readonly string[]
  readonly watch: WatchFolder
  readonly logger: Logger
  readonly metrics: FileMetrics
}

/** Something changed in one of the folders. */
export interface FolderChange {
  readonly folder: string
  /** What changed in it; undefined: the folder itself, or anything in it. */
  readonly name: string | undefined
}

// The scan waits for it.
const withinMs = 2000

// No more folders than this, one in the other, are created between two looks.
const maxSteps = 32

interface Watch {
  /** The folder that is watched: one that is created again at the same path is another folder. */
  readonly identity: string
  readonly subscription: Subscription
}

/**
 * Keeps a watch on each of some folders. Of one that does not exist it watches the nearest folder
 * above, to see it created.
 */
export class FolderWatches {
  readonly #options: FolderWatchesOptions
  readonly #changes = new Subject<FolderChange>()
  readonly #watches = new Map<string, Watch>()
  /** The last error that was logged about each folder. */
  readonly #logged = new Map<string, string>()

  constructor(options: FolderWatchesOptions) {
    this.#options = options
  }

  /** What changed, from the first {@link renew} on. */
  get changes(): Observable<FolderChange> {
    return this.#changes.asObservable()
  }

  /**
   * Begins the watches that are missing, and those whose folder is another one now. Folders that
   * cannot be watched are logged.
   * @throws the signal's reason, before it begins another watch
   */
  async renew(signal: AbortSignal): Promise<void> {
    const wanted = new Set<string>()
    for (const folder of this.#options.folders) {
      const watched = await this.#cover(folder, signal)
      if (watched !== undefined) wanted.add(watched)
    }
    for (const [watched] of this.#watches) if (!wanted.has(watched)) this.#end(watched)
  }

  /** Ends all watches. */
  close(): void {
    for (const watched of this.#watches.keys()) this.#end(watched)
  }

  /** Has the folder watched, or the nearest one above it. @returns which; undefined for none */
  async #cover(folder: string, signal: AbortSignal): Promise<string | undefined> {
    for (let steps = 0; ; steps += 1) {
      const found = await nearest(folder)
      signal.throwIfAborted()
      if (found === undefined) return undefined
      if (found.path !== folder) this.#logOnce(folder, new Error(`no such folder: ${folder}`))
      const isWatched = this.#watches.get(found.path)?.identity === found.identity
      if (!isWatched) this.#begin(found)
      // A folder may have been created just before the watch began: look again, until none was.
      if (isWatched || steps === maxSteps) return found.path
    }
  }

  #begin({ path: watched, identity }: Found): void {
    this.#end(watched)
    const subscription = this.#options.watch(watched).subscribe({
      next: (name) => this.#changed(watched, name),
      error: (error: unknown) => this.#failed(watched, error),
    })
    if (subscription.closed) return
    this.#watches.set(watched, { identity, subscription })
    this.#logged.delete(watched)
  }

  #failed(watched: string, error: unknown): void {
    const { logger, metrics } = this.#options
    metrics.watcherErrors.inc()
    if (this.#watches.has(watched)) {
      logger.error('Error watching file', { path: watched, err: error })
      this.#end(watched)
    } else this.#logOnce(watched, error)
  }

  #changed(watched: string, name: string | undefined): void {
    for (const folder of this.#options.folders) {
      if (folder === watched) {
        // The system reports a folder's own end under the folder's own name.
        const isItself = name === path.basename(folder)
        this.#changes.next({ folder, name: isItself ? undefined : name })
      } else if (name === undefined || isAbove(folder, path.join(watched, name))) {
        this.#changes.next({ folder, name: undefined })
      }
    }
  }

  #end(watched: string): void {
    this.#watches.get(watched)?.subscription.unsubscribe()
    this.#watches.delete(watched)
  }

  /** Logs an error when it begins, and not again at each try. */
  #logOnce(folder: string, error: unknown): void {
    const message = String(error)
    if (this.#logged.get(folder) === message) return
    this.#logged.set(folder, message)
    this.#options.logger.error('Error adding file watch', { path: folder, err: error })
  }
}

interface Found {
  readonly path: string
  readonly identity: string
}

/** The folder itself, or the nearest one above it that exists; undefined when none can be seen. */
async function nearest(folder: string): Promise<Found | undefined> {
  for (let at = folder; ; at = path.dirname(at)) {
    try {
      const { kind, device, inode } = await processFiles.stat(at, { withinMs })
      if (kind === 'folder') return { path: at, identity: `${String(device)}:${String(inode)}` }
    } catch (error) {
      // One that may not be looked at cannot be watched either; its files say what is wrong.
      if (!isAbsent(error)) return undefined
    }
    if (path.dirname(at) === at) return undefined
  }
}

/** Whether a path is the folder itself or one of those above it. */
function isAbove(folder: string, candidate: string): boolean {
  const own = path.resolve(folder)
  const above = path.resolve(candidate)
  return own === above || own.startsWith(`${above}/`)
}
