import { constants } from 'node:fs'
import { type FileHandle, open, rm } from 'node:fs/promises'
import path from 'node:path'
import { draftSuffix, writeAtomically } from '../discovery/state/atomic-write.js'
import { processFiles } from '../go/files.js'
import { readRegular } from '../go/read-file.js'
import type { Turns } from '../waiting/turns.js'
import { type KeptAlert, readLine } from './alert-record.js'

const header = 'muster alert log 1\n'

/** What is read of a log. It has no more than its bound allows, unless another program wrote it. */
const largest = 1024 * 1024 * 1024

/** A call that takes longer is given up. The sender of an alert waits for its answer meanwhile. */
const withinMs = 5000

// A link would lead out of the folder, and a pipe would hold a thread for ever.
const { O_WRONLY, O_APPEND, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_DIRECTORY } = constants
const forAppending = O_WRONLY | O_APPEND | O_NOFOLLOW | O_NONBLOCK

/** The log cannot be used, or not be written, for a reason that is not the system's. */
export class AlertLogError extends Error {
  override readonly name = 'AlertLogError'
  readonly code = 'ERR_NOTIFIER_LOG'
}

/** What an earlier run left. */
export interface LoadedLog {
  /** In the order in which they were accepted. */
  readonly alerts: readonly KeptAlert[]
  /** How many lines were damaged. */
  readonly damaged: number
}

/** The file of the alert log: lines that are only ever appended, until the file is replaced by a shorter one. */
export class AlertLogFile {
  readonly path: string
  #handle: FileHandle | undefined
  #size = 0
  /** Why it cannot be appended to before it is replaced. */
  #isBroken = false

  /** @param folder where the file is; it has to be there */
  constructor(folder: string) {
    this.path = path.join(folder, 'alerts.log')
  }

  /** In bytes. */
  get size(): number {
    return this.#size
  }

  /** Whether it has to be replaced before anything can be appended. */
  get isBroken(): boolean {
    return this.#isBroken
  }

  /**
   * Reads what is there. Lines that are damaged, such as one that was being written when the process was killed,
   * are left out.
   * @throws {AlertLogError} where it is not an alert log of this version
   */
  async load(turns: Turns): Promise<LoadedLog> {
    await this.#removeDrafts()
    const bytes = await this.#read()
    if (bytes.length === 0) return { alerts: [], damaged: 0 }
    if (!bytes.subarray(0, header.length).equals(Buffer.from(header))) {
      throw new AlertLogError(`${this.path} is not an alert log that this version can read`)
    }
    const alerts: KeptAlert[] = []
    let damaged = 0
    for (let from = header.length; from < bytes.length; ) {
      if (turns.isOver) await turns.next()
      const end = bytes.indexOf('\n', from)
      const kept = end < 0 ? undefined : readLine(bytes.toString('utf8', from, end))
      if (kept === undefined) damaged += 1
      else alerts.push(kept)
      from = end < 0 ? bytes.length : end + 1
    }
    return { alerts, damaged }
  }

  /** Replaces the file by one that has these lines alone, at once or not at all, and opens that. */
  async replace(lines: Iterable<string>): Promise<void> {
    await writeAtomically(this.path, headed(lines))
    await this.#step(() => syncFolder(path.dirname(this.path)))
    const old = this.#handle
    this.#handle = await this.#step(() => open(this.path, forAppending))
    this.#size = (await this.#step(async () => this.#handle?.stat()))?.size ?? 0
    this.#isBroken = false
    // Nothing is written to it any more.
    await old?.close().catch(() => undefined)
  }

  /**
   * Appends lines, and comes back when they are on disk.
   * @throws the system's error. Either nothing of them is in the file then, or {@link isBroken}
   */
  async append(text: string): Promise<void> {
    const handle = this.#handle
    if (handle === undefined || this.#isBroken) {
      throw new AlertLogError('the file of the alert log has to be replaced first')
    }
    const bytes = Buffer.from(text)
    try {
      await this.#step(() => writeAll(handle, bytes))
    } catch (error) {
      // A disk that is full has taken a part of it.
      await this.#step(() => handle.truncate(this.#size)).catch(() => {
        this.#isBroken = true
      })
      throw error
    }
    try {
      await this.#step(() => handle.datasync())
    } catch (error) {
      // The system may have forgotten what it could not write: only a new file is sure to have all.
      this.#isBroken = true
      throw error
    }
    this.#size += bytes.length
  }

  /** Closes it. Never fails. */
  async close(): Promise<void> {
    const handle = this.#handle
    this.#handle = undefined
    await this.#step(async () => handle?.close()).catch(() => undefined)
  }

  /** Removes what a process left that was killed while it replaced the file. The folder has to be this process's. */
  async #removeDrafts(): Promise<void> {
    const folder = path.dirname(this.path)
    for (const name of await processFiles.names(folder, { withinMs })) {
      if (!name.startsWith(`${path.basename(this.path)}.`) || !name.endsWith(draftSuffix)) continue
      await this.#step(() => rm(path.join(folder, name), { force: true }))
    }
  }

  async #read(): Promise<Buffer> {
    try {
      return await readRegular(this.path, { limit: largest, followLink: false, withinMs })
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT')
        return Buffer.alloc(0)
      throw error
    }
  }

  #step<T>(call: () => Promise<T>): Promise<T> {
    return processFiles.step(this.path, call, withinMs)
  }
}

function* headed(lines: Iterable<string>): Generator<string, void, undefined> {
  yield header
  yield* lines
}

async function writeAll(handle: FileHandle, bytes: Buffer): Promise<void> {
  for (let from = 0; from < bytes.length; ) {
    from += (await handle.write(bytes, from)).bytesWritten
  }
}

/** Makes sure that a file which was renamed into a folder is there after a power failure, too. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, O_RDONLY | O_DIRECTORY)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
