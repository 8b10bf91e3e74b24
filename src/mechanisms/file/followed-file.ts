import { lstat } from 'node:fs/promises'
import type { TargetGroup } from '../../discovery/groups/target-group.js'
import { isAbsent } from '../../go/glob.js'
import { type FileStamp, look, readAll, sameStamp } from './read-file.js'
import type { Turns } from '../../waiting/turns.js'
import { TargetFile } from './target-file.js'

/** What checking a file came to. */
export interface FileCheckResult {
  /** Its groups that changed. */
  readonly changed: readonly TargetGroup[]
  /** It is not there any more. */
  readonly isGone?: true
  /** It was read: its time of change, in milliseconds. */
  readonly mtimeMs?: number
  readonly failure?: CheckFailure
}

export interface CheckFailure {
  readonly error: unknown
  /** The content is new: whoever writes it may not be done yet. */
  readonly isFresh: boolean
  /** The fault is the system's, and may pass without the file changing. */
  readonly isSystems: boolean
}

export interface CheckOptions {
  /** Reads even when nothing tells that the file changed. */
  readonly force: boolean
  readonly now: number
  readonly limit: number
}

// Times of change are as coarse as the file system makes them: a file may change again within one.
const settledMs = 2000

/** A file of targets on disk: read again when it changed, its groups kept when it cannot be read. */
export class FollowedFile {
  readonly path: string
  readonly #file: TargetFile
  #stamp: FileStamp | undefined
  #isLink = false

  constructor(path: string, turns: Turns) {
    this.path = path
    this.#file = new TargetFile(path, turns)
  }

  /** It is reached through a symbolic link. */
  get isLink(): boolean {
    return this.#isLink
  }

  async check(options: CheckOptions): Promise<FileCheckResult> {
    let fresh = false
    try {
      const { stamp, isLink } = await look(this.path)
      this.#isLink = isLink
      if (!options.force && this.#stamp !== undefined && sameStamp(this.#stamp, stamp)) {
        return { changed: [] }
      }
      this.#stamp = undefined
      const content = await readAll(this.path, options.limit)
      const isSettled = options.now - toMs(content.stamp.ctimeNs) > settledMs
      fresh = !isSettled
      const changed = await this.#file.take(content.bytes)
      if (isSettled) this.#stamp = content.stamp
      return { changed, mtimeMs: toMs(content.stamp.mtimeNs) }
    } catch (error) {
      if (isAbsent(error) && (await isMissing(this.path))) {
        return { changed: this.#file.drop(), isGone: true }
      }
      const isSystems = typeof (error as NodeJS.ErrnoException).syscall === 'string'
      return { changed: [], failure: { error, isFresh: fresh, isSystems } }
    }
  }

  /** Its groups, emptied: it matches no more. */
  drop(): readonly TargetGroup[] {
    return this.#file.drop()
  }
}

/** Nothing is there, not even a link that leads nowhere. */
async function isMissing(path: string): Promise<boolean> {
  try {
    await lstat(path)
    return false
  } catch (error) {
    return isAbsent(error)
  }
}

function toMs(ns: bigint): number {
  return Number(ns / 1_000_000n)
}
