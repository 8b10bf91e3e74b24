import { closeSync, constants, fstatSync, openSync, readSync, type Stats, statSync } from 'node:fs'
import { type FileHandle, lstat, open, stat } from 'node:fs/promises'

/** A file is there and will not be read: it has no end, or more than anybody would write. */
export class FileRefusedError extends Error {
  override readonly name = 'FileRefusedError'
  readonly code = 'ERR_FILE_REFUSED'
}

/** How a file is read. */
export interface ReadOptions {
  /** The most it may have, in bytes. */
  readonly limit: number
  /** Ends the reading, with its reason. */
  readonly signal?: AbortSignal | undefined
  /** Whether a symbolic link at the end of the path is followed (Kubernetes mounts are such); true by default. */
  readonly followLink?: boolean
}

const mebibyte = 1024 * 1024

/** The most that a file with one secret, or with certificates, may have. */
export const secretLimit: number = 16 * mebibyte

/** The most that a config file, a rule file or a web config may have. */
export const configLimit: number = 64 * mebibyte

// Opening must not wait for the other end of a pipe that was put there in between.
const { O_RDONLY, O_NONBLOCK, O_NOFOLLOW } = constants

/**
 * Reads a regular file whole, through links. A device, a pipe, a socket or a folder is not opened at all:
 * reading it may have no end, and opening it may do something.
 * @throws {FileRefusedError} when it is no regular file, or larger than the limit; the system's error
 * when it cannot be read
 */
export async function readRegular(file: string, options: ReadOptions): Promise<Buffer> {
  const { limit, signal, followLink = true } = options
  checkKind(await (followLink ? stat(file) : lstat(file)))
  const handle = await open(file, O_RDONLY | O_NONBLOCK | (followLink ? 0 : O_NOFOLLOW))
  try {
    const stats = await handle.stat()
    checkKind(stats)
    return await readTo(handle, stats.size, limit, signal)
  } finally {
    await handle.close()
  }
}

/** The same at once, for start-up and for what cannot wait. */
export function readRegularSync(file: string, limit: number): Buffer {
  checkKind(statSync(file))
  const descriptor = openSync(file, O_RDONLY | O_NONBLOCK)
  try {
    const stats = fstatSync(descriptor)
    checkKind(stats)
    const room = new Room(stats.size, limit)
    for (;;) {
      const { buffer, size } = room
      if (!room.took(readSync(descriptor, buffer, size, buffer.length - size, null)))
        return room.all
    }
  } finally {
    closeSync(descriptor)
  }
}

async function readTo(
  handle: FileHandle,
  expected: number,
  limit: number,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  const room = new Room(expected, limit)
  for (;;) {
    signal?.throwIfAborted()
    const { buffer, size } = room
    const { bytesRead } = await handle.read(buffer, size, buffer.length - size, null)
    if (!room.took(bytesRead)) return room.all
  }
}

/** Room for a file that may grow while it is read. */
class Room {
  buffer: Buffer
  size = 0
  readonly #limit: number

  constructor(expected: number, limit: number) {
    if (expected > limit) throw tooLarge(limit)
    this.buffer = Buffer.allocUnsafeSlow(expected + 1)
    this.#limit = limit
  }

  get all(): Buffer {
    return this.buffer.subarray(0, this.size)
  }

  /** @returns whether there may be more */
  took(bytes: number): boolean {
    if (bytes === 0) return false
    this.size += bytes
    if (this.size > this.#limit) throw tooLarge(this.#limit)
    if (this.size === this.buffer.length) {
      const larger = Buffer.allocUnsafeSlow(
        Math.min(Math.max(this.size * 2, 65_536), this.#limit + 1),
      )
      this.buffer.copy(larger)
      this.buffer = larger
    }
    return true
  }
}

/** The error for what has more than it may. @param limit in bytes */
export function tooLarge(limit: number): FileRefusedError {
  return new FileRefusedError(`larger than the limit of ${String(limit / mebibyte)} MiB`)
}

function checkKind(stats: Stats): void {
  if (stats.isFile()) return
  // In the system's words, which callers know from reading one.
  const error = stats.isDirectory()
    ? Object.assign(new Error('EISDIR: illegal operation on a directory, read'), { code: 'EISDIR' })
    : new FileRefusedError(`not a regular file but ${kindOf(stats)}`)
  throw error
}

function kindOf(stats: Stats): string {
  if (stats.isFIFO()) return 'a pipe'
  if (stats.isSocket()) return 'a socket'
  if (stats.isSymbolicLink()) return 'a symbolic link'
  return 'a device'
}
