import { randomUUID } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { processFiles } from '../../go/files.js'

/** How the name of a draft ends. */
export const draftSuffix = '.tmp'

// A text this long is written at once; there may be millions of lines.
const chunk = 262_144

// A busy disk may take that long for what it has promised to keep.
const withinMs = 60_000

/**
 * Writes a file so that at any time there is either the old one or the new one, whole, even if another process
 * writes it too. Other work can run between chunks. A link at the path is replaced, never followed.
 * @throws the system's error; nothing is left behind then. FileSilentError when the disk does not answer
 */
export async function writeAtomically(
  path: string,
  lines: Iterable<string> | AsyncIterable<Uint8Array>,
): Promise<void> {
  const draft = `${path}.${randomUUID()}${draftSuffix}`
  // `x`: it must not be there yet, as a file or as a link.
  const step = <T>(call: () => Promise<T>): Promise<T> => processFiles.step(path, call, withinMs)
  const handle = await step(() => open(draft, 'wx', 0o600))
  try {
    if (Symbol.iterator in lines) await writeLines(lines, (text) => step(() => handle.write(text)))
    else for await (const bytes of lines) await step(() => handle.writeFile(bytes))
    await step(() => handle.sync())
    await step(() => handle.close())
    await step(() => rename(draft, path))
  } catch (error) {
    // Both may fail again for the reason that is reported anyway.
    await Promise.allSettled([step(() => handle.close()), step(() => rm(draft, { force: true }))])
    throw error
  }
}

async function writeLines(
  lines: Iterable<string>,
  write: (text: string) => Promise<unknown>,
): Promise<void> {
  let waiting: string[] = []
  let size = 0
  for (const line of lines) {
    waiting.push(line)
    size += line.length
    if (size < chunk) continue
    await write(waiting.join(''))
    waiting = []
    size = 0
  }
  await write(waiting.join(''))
}
