import path from 'node:path'
import { processFiles } from './files.js'
import { compileSegment, hasMeta } from './glob-match.js'

/** A pattern cut into the folder and the name, as Go's filepath.Split does. */
export class FilePattern {
  readonly pattern: string
  /** As written, without the slash at its end; `.` when there is none. */
  readonly folder: string
  readonly #hasMeta: boolean
  readonly #matches: (name: string) => boolean

  /** A malformed pattern matches nothing, as in Prometheus. */
  constructor(pattern: string) {
    const [folder, name] = split(pattern)
    this.pattern = pattern
    this.folder = folder
    this.#hasMeta = hasMeta(pattern)
    const compiled = compileSegment(name) ?? (() => false)
    this.#matches = this.#hasMeta ? compiled : (other) => other === name
  }

  /** Whether its folder is one folder that can be watched. */
  get isWatchable(): boolean {
    return !hasMeta(this.folder)
  }

  /** What a file of this name in the folder is called in results; undefined when it does not match. */
  pathOf(name: string): string | undefined {
    if (!this.#matches(name)) return undefined
    return this.#hasMeta ? path.join(this.folder, name) : this.pattern
  }

  /**
   * The paths that match now, sorted, as Go's filepath.Glob has them: without anything special in the
   * pattern it is the pattern itself if that exists.
   * @throws when a folder cannot be read; Go takes that for an empty one, and the targets would go
   */
  async list(): Promise<readonly string[]> {
    if (!this.#hasMeta) return (await exists(this.pattern)) ? [this.pattern] : []
    const folders = await foldersOf(this.folder)
    const found: string[] = []
    for (const folder of folders) {
      for (const name of await namesIn(folder)) {
        if (this.#matches(name)) found.push(path.join(folder, name))
      }
    }
    return found
  }
}

function split(pattern: string): [folder: string, name: string] {
  const slash = pattern.lastIndexOf('/')
  if (slash < 0) return ['.', pattern]
  return [slash === 0 ? '/' : pattern.slice(0, slash), pattern.slice(slash + 1)]
}

function foldersOf(folder: string): Promise<readonly string[]> | readonly string[] {
  return hasMeta(folder) ? new FilePattern(folder).list() : [folder]
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return [...((await unlessAbsent(processFiles.names(folder))) ?? [])].sort()
}

async function exists(file: string): Promise<boolean> {
  return (await unlessAbsent(processFiles.lstat(file))) !== undefined
}

/** Undefined for what is not there. Any other fault is one: it must not look like an empty folder. */
async function unlessAbsent<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw error
  }
}

/** Whether an error of the file system says that a file or folder does not exist. */
export function isAbsent(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException
  return code === 'ENOENT' || code === 'ENOTDIR'
}
