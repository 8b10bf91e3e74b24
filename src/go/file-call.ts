import { constants, type BigIntStats } from 'node:fs'
import { type FileHandle, lstat, open, readdir, stat } from 'node:fs/promises'

/** A file is there and will not be read: it has no end, or more than a user would write. */
export class FileRefusedError extends Error {
  override readonly name = 'FileRefusedError'
  readonly code = 'ERR_FILE_REFUSED'
}

export type FileKind = 'file' | 'folder' | 'link' | 'pipe' | 'socket' | 'device'

/** What the system says of a path. */
export interface FileStats {
  readonly kind: FileKind
  readonly device: bigint
  readonly inode: bigint
  /** In bytes. */
  readonly size: bigint
  readonly mtimeNs: bigint
  readonly ctimeNs: bigint
}

/** A whole file. */
export interface FileContent {
  /** From before it was read. */
  readonly stats: FileStats
  readonly bytes: Buffer
}

/** Something to ask of the file system, as data: another process may be the one that asks. */
export type FileRequest =
  /** What is at the path, through links (`stat`) or not (`lstat`). */
  | { readonly ask: 'stat' | 'lstat'; readonly path: string }
  /** The names in a folder. */
  | { readonly ask: 'names'; readonly path: string }
  /** The content of a regular file. */
  | {
      readonly ask: 'content'
      readonly path: string
      /** The most it may have, in bytes. */
      readonly limit: number
      /** Whether a symbolic link at the end of the path is followed. */
      readonly followLink: boolean
    }

// Opening must not wait for the other end of a pipe that was put there in between.
const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = constants

// No single call reads more: a slow disk that delivers is not mistaken for one that does not.
const mostAtOnce = 4 * 1024 * 1024

/**
 * Asks the file system, in this process. The answer is {@link FileStats}, names, or {@link FileContent}.
 * @param beat called after each system call that came back
 * @throws {FileRefusedError} when the content is wanted of what is no regular file, or of one that is
 * larger than the limit; the system's error otherwise
 */
export async function askFile(request: FileRequest, beat: () => void): Promise<unknown> {
  switch (request.ask) {
    case 'stat':
      return statsOf(await stat(request.path, { bigint: true }))
    case 'lstat':
      return statsOf(await lstat(request.path, { bigint: true }))
    case 'names':
      return readdir(request.path)
    case 'content': {
      const { path, limit, followLink } = request
      // A device, a pipe or a socket is not opened at all: that alone may do something.
      const look = followLink ? stat : lstat
      checkKind(statsOf(await look(path, { bigint: true })).kind)
      beat()
      const handle = await open(path, O_RDONLY | O_NONBLOCK | (followLink ? 0 : O_NOFOLLOW))
      try {
        beat()
        const stats = statsOf(await handle.stat({ bigint: true }))
        beat()
        checkKind(stats.kind)
        return { stats, bytes: await readTo(handle, Number(stats.size), limit, beat) }
      } finally {
        await handle.close()
      }
    }
  }
}

/** Reads on to the end even when the file grows meanwhile, but not beyond the limit. */
async function readTo(
  handle: FileHandle,
  expected: number,
  limit: number,
  beat: () => void,
): Promise<Buffer> {
  if (expected > limit) throw tooLarge(limit)
  let buffer = Buffer.allocUnsafeSlow(expected + 1)
  let size = 0
  for (;;) {
    const room = Math.min(buffer.length - size, mostAtOnce)
    const { bytesRead } = await handle.read(buffer, size, room, null)
    beat()
    if (bytesRead === 0) return buffer.subarray(0, size)
    size += bytesRead
    if (size > limit) throw tooLarge(limit)
    if (size === buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(Math.max(size * 2, 65_536), limit + 1))
      buffer.copy(larger)
      buffer = larger
    }
  }
}

const mebibyte = 1024 * 1024

/** The error for what has more than it may. @param limit in bytes */
export function tooLarge(limit: number): FileRefusedError {
  const shown =
    limit % mebibyte === 0 ? `${String(limit / mebibyte)} MiB` : `${String(limit)} bytes`
  return new FileRefusedError(`larger than the limit of ${shown}`)
}

/** @throws for what is no regular file */
export function checkKind(kind: FileKind): void {
  if (kind === 'file') return
  // In the system's words, which callers know from reading one.
  const error =
    kind === 'folder'
      ? Object.assign(new Error('EISDIR: illegal operation on a directory, read'), {
          code: 'EISDIR',
        })
      : new FileRefusedError(
          `not a regular file but ${kind === 'link' ? 'a symbolic link' : `a ${kind}`}`,
        )
  throw error
}

function statsOf(stats: BigIntStats): FileStats {
  const { dev: device, ino: inode, size, mtimeNs, ctimeNs } = stats
  return { kind: kindOf(stats), device, inode, size, mtimeNs, ctimeNs }
}

function kindOf(stats: BigIntStats): FileKind {
  if (stats.isFile()) return 'file'
  if (stats.isDirectory()) return 'folder'
  if (stats.isSymbolicLink()) return 'link'
  if (stats.isFIFO()) return 'pipe'
  return stats.isSocket() ? 'socket' : 'device'
}
