import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { FileSilentError } from '../../go/file-lane.js'
import { processFiles } from '../../go/files.js'

/** A folder cannot be made, since something else has its name. */
export class NoFolderError extends Error {
  override readonly name = 'NoFolderError'
  readonly code = 'ERR_DISCOVERY_STATE_FOLDER'

  constructor(place: string, options?: ErrorOptions) {
    super(`${place} is not a folder`, options)
  }
}

/**
 * Makes a folder and those above it, for this user alone, unless it is there. Node's own way says "no such
 * file" of a file system that is read-only, and never ends where no folder can be made, as below `/proc`.
 * @param withinMs gives a call up that does not come back for so long
 * @throws {NoFolderError} where a file has its name; the system's error when it cannot be made, and
 * {@link FileSilentError}
 */
export async function makeFolder(folder: string, withinMs: number): Promise<void> {
  try {
    await makeOne(folder, withinMs)
  } catch (error) {
    const above = path.dirname(folder)
    if (codeOf(error) !== 'ENOENT' || above === folder) throw error
    await makeFolder(above, withinMs)
    await makeOne(folder, withinMs)
  }
}

async function makeOne(folder: string, withinMs: number): Promise<void> {
  try {
    await processFiles.step(folder, () => mkdir(folder, { mode: 0o700 }), withinMs)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw error
    // Systems have many codes for a folder that is there already. A link to nowhere is none.
    const found = await processFiles.stat(folder, { withinMs }).catch((reason: unknown) => {
      if (reason instanceof FileSilentError) throw reason
      return undefined
    })
    if (found?.kind === 'folder') return
    throw found === undefined ? error : new NoFolderError(folder, { cause: error })
  }
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
