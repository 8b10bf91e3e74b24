import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'

/**
 * A fingerprint of files: changes when the content of one changes. For configs that live in a few
 * files whose names are known; the files are read whole, so they should be small.
 *
 * @throws when a file cannot be read
 */
export function hashFiles(paths: readonly string[]): () => Promise<string> {
  return async () => {
    const contents = await Promise.all(paths.map((path) => readFile(path)))
    const hash = createHash('sha256')
    for (const [i, content] of contents.entries()) {
      // The length keeps text that moves from one file to the next from giving the same hash.
      hash.update(`${String(i)} ${String(content.length)}\0`).update(content)
    }
    return hash.digest('hex')
  }
}
