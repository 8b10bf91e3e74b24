import { stat } from 'node:fs/promises'
import path from 'node:path'
import type { Logger } from '../../telemetry/index.js'
import { isAbsent } from '../../go/glob.js'
import type { FileMetrics } from './metrics.js'
import type { WatchFolder } from './watch.js'

export interface FolderWatchesOptions {
  readonly folders: readonly string[]
  readonly watch: WatchFolder
  readonly logger: Logger
  readonly metrics: FileMetrics
  /** Something happened to a name in one of the folders; undefined: to the folder, or to anything. */
  readonly onChange: (folder: string, name: string | undefined) => void
}

// More folders than this, one in the other, do not come between two looks.
const maxSteps = 32

interface Watch {
  /** The folder that is watched: a folder made anew at the same path is another one. */
  readonly identity: string
  readonly end: () => void
}

/**
 * Keeps a watch on each of some folders. Of one that is not there it watches the nearest folder
 * above, to see it come.
 */
export class FolderWatches {
  readonly #options: FolderWatchesOptions
  readonly #watches = new Map<string, Watch>()
  readonly #faults = new Map<string, string>()
  #isClosed = false

  constructor(options: FolderWatchesOptions) {
    this.#options = options
  }

  /** Begins the watches that are missing, and those whose folder is another one now. */
  async renew(): Promise<void> {
    const wanted = new Set<string>()
    for (const folder of this.#options.folders) {
      const watched = await this.#follow(folder)
      if (this.#isClosed) return
      if (watched !== undefined) wanted.add(watched)
    }
    for (const [watched] of this.#watches) if (!wanted.has(watched)) this.#end(watched)
  }

  close(): void {
    this.#isClosed = true
    for (const watched of this.#watches.keys()) this.#end(watched)
  }

  /** Sees to it that the folder, or the nearest one above it, is watched, and says which. */
  async #follow(folder: string): Promise<string | undefined> {
    for (let steps = 0; ; steps += 1) {
      const found = await nearest(folder)
      if (found === undefined || this.#isClosed) return undefined
      if (found.path !== folder) this.#tell(folder, new Error(`no such folder: ${folder}`))
      const isWatched = this.#watches.get(found.path)?.identity === found.identity
      if (!isWatched) this.#begin(found)
      // A folder may have come just before the watch began: look again, until nothing came.
      if (isWatched || steps === maxSteps) return found.path
    }
  }

  #begin({ path: watched, identity }: Found): void {
    this.#end(watched)
    try {
      const end = this.#options.watch(watched, {
        changed: (name) => this.#changed(watched, name),
        failed: (error) => {
          this.#options.metrics.watcherErrors.inc()
          this.#options.logger.error('Error watching file', { path: watched, err: error })
          this.#end(watched)
        },
      })
      this.#watches.set(watched, { identity, end })
      this.#faults.delete(watched)
    } catch (error) {
      this.#options.metrics.watcherErrors.inc()
      this.#tell(watched, error)
    }
  }

  #changed(watched: string, name: string | undefined): void {
    for (const folder of this.#options.folders) {
      if (folder === watched) {
        // The system reports a folder's own end under the folder's own name.
        const isItself = name === path.basename(folder)
        this.#options.onChange(folder, isItself ? undefined : name)
      } else if (name === undefined || isOnTheWay(folder, path.join(watched, name))) {
        this.#options.onChange(folder, undefined)
      }
    }
  }

  #end(watched: string): void {
    this.#watches.get(watched)?.end()
    this.#watches.delete(watched)
  }

  /** Logs once, and not again each time it is tried. */
  #tell(folder: string, error: unknown): void {
    const message = String(error)
    if (this.#faults.get(folder) === message) return
    this.#faults.set(folder, message)
    this.#options.logger.error('Error adding file watch', { path: folder, err: error })
  }
}

interface Found {
  readonly path: string
  readonly identity: string
}

/** The folder itself, or the nearest one above it that is there; undefined when none can be seen. */
async function nearest(folder: string): Promise<Found | undefined> {
  for (let at = folder; ; at = path.dirname(at)) {
    try {
      const found = await stat(at, { bigint: true })
      if (found.isDirectory()) {
        return { path: at, identity: `${String(found.dev)}:${String(found.ino)}` }
      }
    } catch (error) {
      // One that may not be looked at cannot be watched either; its files say what is wrong.
      if (!isAbsent(error)) return undefined
    }
    if (path.dirname(at) === at) return undefined
  }
}

function isOnTheWay(folder: string, candidate: string): boolean {
  const way = path.resolve(folder)
  const step = path.resolve(candidate)
  return way === step || way.startsWith(`${step}/`)
}
