import { createHash } from 'node:crypto'
import { constants, type Stats } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { ReloadUsageError } from './errors.js'

const mostBytes = 64 << 20

/**
 * A fingerprint of files: changes when the content of one changes. For configs that live in a few
 * files whose names are known; the files are read whole, so they should be small.
 *
 * @throws when a file cannot be read; ReloadUsageError when it is a device, a pipe or a socket,
 * or has more than 64 MiB
 */
export function hashFiles(paths: readonly string[]): () => Promise<string> {
  return async () => {
    const contents = await Promise.all(paths.map(readRegular))
    const hash = createHash('sha256')
    for (const [i, content] of contents.entries()) {
      // The length keeps text that moves from one file to the next from giving the same hash.
      hash.update(`${String(i)} ${String(content.length)}\0`).update(content)
    }
    return hash.digest('hex')
  }
}

/**
 * Reads what a regular file had when it was opened. Reading a device may have no end, opening a pipe may
 * wait for ever, and a file may grow faster than it is read.
 */
async function readRegular(path: string): Promise<Buffer> {
  // Not even opened: that alone may do something.
  checkKind(path, await stat(path))
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    const stats = await file.stat()
    checkKind(path, stats)
    if (stats.size > mostBytes) {
      throw new ReloadUsageError(`${path}: larger than the limit of ${String(mostBytes >> 20)} MiB`)
    }
    const content = Buffer.alloc(stats.size)
    let read = 0
    while (read < content.length) {
      const { bytesRead } = await file.read(content, read, content.length - read, null)
      if (bytesRead === 0) break
      read += bytesRead
    }
    return content.subarray(0, read)
  } finally {
    await file.close()
  }
}

function checkKind(path: string, stats: Stats): void {
  // The system says it of a folder when it is read.
  if (!stats.isFile() && !stats.isDirectory()) {
    throw new ReloadUsageError(`${path}: not a regular file`)
  }
}
