import { randomUUID } from 'node:crypto'
import { type FileHandle, open, rename, rm } from 'node:fs/promises'

/** How the name of a draft ends. */
export const draftSuffix = '.tmp'

// A text this long is written at once; there may be millions of lines.
const chunk = 262_144

/**
 * Writes a file so that at any time there is either the old one or the new one, whole, even if another process
 * writes it too. Other work can run between chunks. A link at the path is replaced, never followed.
 * @throws the system's error; nothing is left behind then
 */
export async function writeAtomically(path: string, lines: Iterable<string>): Promise<void> {
  const draft = `${path}.${randomUUID()}${draftSuffix}`
  // `x`: it must not be there yet, as a file or as a link.
  const handle = await open(draft, 'wx', 0o600)
  try {
    await writeLines(handle, lines)
    await handle.sync()
    await handle.close()
    await rename(draft, path)
  } catch (error) {
    // Both may fail again for the reason that is reported anyway.
    await Promise.allSettled([handle.close(), rm(draft, { force: true })])
    throw error
  }
}

async function writeLines(handle: FileHandle, lines: Iterable<string>): Promise<void> {
  let waiting: string[] = []
  let size = 0
  for (const line of lines) {
    waiting.push(line)
    size += line.length
    if (size < chunk) continue
    await handle.write(waiting.join(''))
    waiting = []
    size = 0
  }
  await handle.write(waiting.join(''))
}
