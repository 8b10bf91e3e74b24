import type { TargetGroup } from '../../discovery/groups/target-group.js'
import { processFiles } from '../../go/files.js'
import { isAbsent } from '../../go/glob.js'
import { type FileStamp, look, readAll, sameStamp } from './read-file.js'
import type { Turns } from '../../waiting/turns.js'
import { TargetFile } from './target-file.js'

/** What checking a file came to. */
export type FileCheck =
  /** Its stamp is the same: it was not read. */
  | { readonly kind: 'unchanged' }
  /** It was read; only some of its groups may have changed. The time of change is in milliseconds. */
  | { readonly kind: 'read'; readonly changed: readonly TargetGroup[]; readonly mtimeMs: number }
  /** It does not exist any more: its groups, emptied. */
  | { readonly kind: 'gone'; readonly changed: readonly TargetGroup[] }
  /** Its groups stay as they were. */
  | { readonly kind: 'failed'; readonly failure: FileFailure }

/** Why a file cannot be read. */
export interface FileFailure {
  readonly error: unknown
  /**
   * `system`: the system refuses, and may stop doing so without the file changing.
   * `fresh`: the content is wrong and new, so that it may still be being written.
   * `content`: the content is wrong.
   */
  readonly cause: 'system' | 'fresh' | 'content'
}

export interface CheckOptions {
  /** Reads even when the stamp is the same. */
  readonly force: boolean
  readonly now: number
  /** The most the file may have, in bytes. */
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

  /** Looks at the file, and reads it when it changed. */
  async check({ force, now, limit }: CheckOptions): Promise<FileCheck> {
    let isFresh = false
    try {
      const { stamp, isLink } = await look(this.path)
      this.#isLink = isLink
      if (!force && this.#stamp !== undefined && sameStamp(this.#stamp, stamp)) {
        return { kind: 'unchanged' }
      }
      this.#stamp = undefined
      const content = await readAll(this.path, limit)
      isFresh = now - toMs(content.stamp.ctimeNs) <= settledMs
      const changed = await this.#file.take(content.bytes)
      if (!isFresh) this.#stamp = content.stamp
      return { kind: 'read', changed, mtimeMs: toMs(content.stamp.mtimeNs) }
    } catch (error) {
      if (isAbsent(error) && (await isMissing(this.path))) {
        return { kind: 'gone', changed: this.drop() }
      }
      return { kind: 'failed', failure: { error, cause: causeOf(error, isFresh) } }
    }
  }

  /** Forgets its groups. @returns them, emptied */
  drop(): readonly TargetGroup[] {
    return this.#file.drop()
  }
}

function causeOf(error: unknown, isFresh: boolean): FileFailure['cause'] {
  const isSystems = typeof (error as NodeJS.ErrnoException).syscall === 'string'
  return isSystems ? 'system' : isFresh ? 'fresh' : 'content'
}

/** Nothing exists at the path, not even a link that leads nowhere. */
async function isMissing(path: string): Promise<boolean> {
  try {
    await processFiles.lstat(path)
    return false
  } catch (error) {
    return isAbsent(error)
  }
}

function toMs(ns: bigint): number {
  return Number(ns / 1_000_000n)
}
