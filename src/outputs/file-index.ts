import path from 'node:path'
import { writeAtomically } from '../discovery/state/atomic-write.js'
import { readRegular } from '../go/read-file.js'
import { FileSdError } from './errors.js'

/** What the index says of one file. */
export interface IndexedFile {
  readonly job: string
  /** What was written last; empty before the first time. */
  readonly version: string
  /** RFC 3339. */
  readonly writtenAt: string
  readonly targets: number
}

const limit = 64 << 20
const withinMs = 60_000

/**
 * The files that muster has written in a folder, kept in `.muster/index.json`: JSON has no room for a remark that a
 * file is muster's. What is not in it belongs to others, and is neither replaced nor deleted.
 */
export class FileIndex {
  readonly #path: string
  #files: Map<string, IndexedFile> = new Map()

  /** @param folder that of muster itself */
  constructor(folder: string) {
    this.#path = path.join(folder, 'index.json')
  }

  /** @throws {FileSdError} for a damaged index; the system's error where it cannot be read */
  async load(): Promise<void> {
    let text: string
    try {
      text = (await readRegular(this.#path, { limit, followLink: false, withinMs })).toString()
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return
      throw error
    }
    try {
      const { files } = JSON.parse(text) as {
        readonly files: Readonly<Record<string, IndexedFile>>
      }
      this.#files = new Map(Object.entries(files).filter(isEntry))
    } catch (cause) {
      throw new FileSdError(
        `${this.#path} is damaged: remove it, and the files of targets beside its folder that muster wrote`,
        { cause },
      )
    }
  }

  get(file: string): IndexedFile | undefined {
    return this.#files.get(file)
  }

  all(): ReadonlyMap<string, IndexedFile> {
    return this.#files
  }

  /** @throws the system's error */
  async set(file: string, entry: IndexedFile): Promise<void> {
    this.#files.set(file, entry)
    await this.#save()
  }

  /** @throws the system's error */
  async delete(file: string): Promise<void> {
    this.#files.delete(file)
    await this.#save()
  }

  async #save(): Promise<void> {
    const files = Object.fromEntries([...this.#files].sort(([a], [b]) => (a < b ? -1 : 1)))
    await writeAtomically(this.#path, [`${JSON.stringify({ files }, null, 1)}\n`], { mode: 0o644 })
  }
}

function isEntry([name, entry]: readonly [string, Partial<IndexedFile> | null]): boolean {
  const isName = name === path.basename(name) && name !== '' && name !== '.' && name !== '..'
  return isName && typeof entry?.job === 'string' && typeof entry.version === 'string'
}
