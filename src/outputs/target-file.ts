import { createHash } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { writeAtomically } from '../discovery/state/atomic-write.js'
import { processFiles } from '../go/files.js'
import { readRegular } from '../go/read-file.js'
import type { FileText } from './group-gatherer.js'

/** The folder in a folder of files of targets that is muster's own. */
export const ownFolder = '.muster'

/** The largest file that is read to see whether its content is the same. */
const maxRead = 1 << 30

const withinMs = 60_000

/**
 * One file of targets for file_sd. A new version is made in a folder of its own, synced, and put in the place of the
 * old one: a reader that watches the folder sees one event, and never a part of a file. It is written only when the
 * content differs.
 */
export class TargetFile {
  readonly path: string
  readonly #draftFolder: string
  /** What is in the file, as far as is known. */
  #known: { readonly version: string; readonly stamp: string } | undefined

  constructor(file: string) {
    this.path = file
    this.#draftFolder = path.join(path.dirname(file), ownFolder)
  }

  /**
   * The version of what the file has now; undefined where there is none.
   * @throws the system's error, and FileRefusedError for what is no regular file
   */
  async version(): Promise<string | undefined> {
    const stamp = await this.#stamp()
    if (stamp === undefined) return undefined
    if (this.#known?.stamp !== stamp) {
      const bytes = await readRegular(this.path, { limit: maxRead, followLink: false, withinMs })
      this.#known = { version: createHash('sha256').update(bytes).digest('hex'), stamp }
    }
    return this.#known?.version
  }

  /**
   * Makes this the content of the file.
   * @returns whether that had to be written
   * @throws the system's error; the file is as it was then
   */
  async write({ pieces, version }: FileText): Promise<boolean> {
    if ((await this.#versionIfReadable()) === version) return false
    await processFiles.step(
      this.#draftFolder,
      () => mkdir(this.#draftFolder, { recursive: true }),
      withinMs,
    )
    await writeAtomically(this.path, pieces, { draftFolder: this.#draftFolder, mode: 0o644 })
    const stamp = await this.#stamp()
    this.#known = stamp === undefined ? undefined : { version, stamp }
    return true
  }

  /** What cannot be read is replaced. */
  async #versionIfReadable(): Promise<string | undefined> {
    try {
      return await this.version()
    } catch {
      return undefined
    }
  }

  /** Another text when the file was changed; undefined where there is none. */
  async #stamp(): Promise<string | undefined> {
    try {
      const { inode, mtimeNs } = await processFiles.lstat(this.path, { withinMs })
      return `${String(inode)} ${String(mtimeNs)}`
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
      throw error
    }
  }
}
