import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { ReloadUsageError } from './errors.js'

/**
 * A fingerprint of files: changes when the content of one changes. For configs that live in a few
 * files whose names are known; the files are read whole, so they should be small.
 *
 * @throws when a file cannot be read; ReloadUsageError when it is a device, a pipe or a socket
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

/** Reading a device may have no end, and opening a pipe may wait for ever. */
async function readRegular(path: string): Promise<Buffer> {
  const stats = await stat(path)
  if (stats.isFile() || stats.isDirectory()) return readFile(path)
  throw new ReloadUsageError(`${path}: not a regular file`)
}
