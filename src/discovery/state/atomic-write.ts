import { randomUUID } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { processFiles } from '../../go/files.js'

/** How the name of a draft ends. */
export const draftSuffix = '.tmp'

// A text this long is written at once; there may be millions of lines.
const chunk = 262_144

// A busy disk may take that long for what it has promised to keep.
const withinMs = 60_000

export interface AtomicWriteOptions {
  /** Where the new file is made before it takes the place of the old one: in the same file system. Default: beside it. */
  readonly draftFolder?: string
  /** The rights of the file; default those of a secret. */
  readonly mode?: number
}

/**
 * Writes a file so that at any time there is either the old one or the new one, whole, even if another process
 * writes it too. Other work can run between chunks. A link at the path is replaced, never followed.
 * @throws the system's error; nothing is left behind then. FileSilentError when the disk does not answer
 */
export async function writeAtomically(
  path: string,
  lines: Iterable<string> | AsyncIterable<Uint8Array>,
  { draftFolder, mode = 0o600 }: AtomicWriteOptions = {},
): Promise<void> {
  const beside = draftFolder === undefined ? path : join(draftFolder, basename(path))
  const draft = `${beside}.${randomUUID()}${draftSuffix}`
  // `x`: it must not be there yet, as a file or as a link.
  const step = <T>(call: () => Promise<T>): Promise<T> => processFiles.step(path, call, withinMs)
  const handle = await step(() => open(draft, 'wx', 0o600))
  try {
    // Also where the process takes rights away from the files that it makes.
    if (mode !== 0o600) await step(() => handle.chmod(mode))
    // Not `write`: where the disk is almost full that writes a part, and fails only the next time.
    const write = (part: string | Uint8Array): Promise<void> => step(() => handle.writeFile(part))
    if (Symbol.iterator in lines) await writeLines(lines, write)
    else for await (const bytes of lines) await write(bytes)
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
