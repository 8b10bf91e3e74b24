import { constants, type BigIntStats } from 'node:fs'
import { type FileHandle, lstat, open, stat } from 'node:fs/promises'

/** A file of targets cannot be read as it is. */
export class TargetFileError extends Error {
  override readonly name = 'TargetFileError'
  readonly code = 'ERR_DISCOVERY_FILE'
}

/** What differs between two versions of a file, known without reading them. */
export interface FileStamp {
  readonly device: bigint
  readonly inode: bigint
  readonly size: bigint
  readonly mtimeNs: bigint
  readonly ctimeNs: bigint
}

/** What exists at a path. */
export interface FileInfo {
  readonly stamp: FileStamp
  /** The path is a symbolic link: the file changes when anything around it does. */
  readonly isLink: boolean
}

/**
 * Looks at a file, through links, without reading it.
 * @throws {TargetFileError} when it is not a regular file; the system's error when there is none
 */
export async function look(path: string): Promise<FileInfo> {
  const own = await lstat(path, { bigint: true })
  const isLink = own.isSymbolicLink()
  return { stamp: stampOf(isLink ? await stat(path, { bigint: true }) : own), isLink }
}

/**
 * Reads a whole file.
 * @param limit the most it may have, in bytes
 * @throws {TargetFileError} when it is larger, or not a regular file
 */
export async function readAll(path: string, limit: number): Promise<FileContent> {
  // Without O_NONBLOCK a pipe that took the file's place in between would hold the open for ever.
  const handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const stamp = stampOf(await handle.stat({ bigint: true }))
    return { stamp, bytes: await readTo(handle, Number(stamp.size), limit) }
  } finally {
    await handle.close()
  }
}

export interface FileContent {
  /** From before it was read. */
  readonly stamp: FileStamp
  readonly bytes: Buffer
}

export function sameStamp(a: FileStamp, b: FileStamp): boolean {
  return (
    a.device === b.device &&
    a.inode === b.inode &&
    a.size === b.size &&
    a.mtimeNs === b.mtimeNs &&
    a.ctimeNs === b.ctimeNs
  )
}

function stampOf(stats: BigIntStats): FileStamp {
  if (!stats.isFile()) throw new TargetFileError('not a regular file')
  return {
    device: stats.dev,
    inode: stats.ino,
    size: stats.size,
    mtimeNs: stats.mtimeNs,
    ctimeNs: stats.ctimeNs,
  }
}

/** Reads on to the end even when the file grows meanwhile, but not beyond the limit. */
async function readTo(handle: FileHandle, expected: number, limit: number): Promise<Buffer> {
  if (expected > limit) throw tooLarge(limit)
  let buffer = Buffer.allocUnsafeSlow(expected + 1)
  let size = 0
  for (;;) {
    const { bytesRead } = await handle.read(buffer, size, buffer.length - size, size)
    if (bytesRead === 0) return buffer.subarray(0, size)
    size += bytesRead
    if (size > limit) throw tooLarge(limit)
    if (size === buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(size * 2, limit + 1))
      buffer.copy(larger)
      buffer = larger
    }
  }
}

function tooLarge(limit: number): TargetFileError {
  return new TargetFileError(`larger than the limit of ${String(limit)} bytes`)
}
