import { lutimes, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { fileErrorReason } from '../../go/file-error.js'
import { processFiles } from '../../go/files.js'
import { readRegular } from '../../go/read-file.js'
import { errorMessage } from '../../telemetry/error-text.js'
import type { Logger } from '../../telemetry/index.js'
import { draftSuffix, writeAtomically } from './atomic-write.js'
import type { WriteOutcome } from './file-record.js'
import { makeFolder } from './make-folder.js'
import { readState, StateFileError, stateLines } from './state-file.js'
import type { KeptProvider, RestoredGroups } from './state-keeper.js'

const suffix = '.state'
const largest = 512 * 1024 * 1024

/** Says which process uses the folder. */
const ownerFile = 'owner.json'

/** A draft this old was left behind by a process that was killed while it wrote. */
const oldDraftMs = 3_600_000

// The start waits for it, and so does the end.
const withinMs = 5000

/** What a state file is called. */
export function stateFileName(manager: string, fingerprint: string): string {
  return `${manager}-${fingerprint}${suffix}`
}

/**
 * The state files on disk. Nothing here fails: what is wrong with the folder or a file is a warning,
 * once for each reason.
 */
export class StateFolder {
  readonly #path: string
  readonly #logger: Logger
  /** What was logged last of each file. */
  readonly #warned = new Map<string, string>()
  #last: Promise<unknown> = Promise.resolve()

  /** @param folder is made when something is to be written and it is not there */
  constructor(folder: string, logger: Logger) {
    this.#path = folder
    this.#logger = logger
  }

  /**
   * Reads every file that can be used, and removes those that are too old.
   * @param now milliseconds since 1970
   * @returns by file name
   */
  async load(now: number, maxAgeMs: number): Promise<ReadonlyMap<string, RestoredGroups>> {
    const found = new Map<string, RestoredGroups>()
    try {
      await makeFolder(this.#path, withinMs)
      await this.#own()
      for (const name of await processFiles.names(this.#path, { withinMs })) {
        if (name.endsWith(draftSuffix)) await this.#removeDraft(name, now)
        const restored = name.endsWith(suffix) ? await this.#read(name, now, maxAgeMs) : undefined
        if (restored !== undefined) found.set(name, restored)
      }
    } catch (error) {
      this.#warn('Discovery state cannot be read', this.#path, error)
    }
    return found
  }

  /** Says that the folder is used no longer. */
  async giveBack(): Promise<void> {
    const file = path.join(this.#path, ownerFile)
    try {
      if (isSelf(await readOwner(file))) await remove(file)
    } catch (error) {
      this.#warn('Discovery state cannot be removed', file, error)
    }
  }

  /** Writes what a provider has; where it must not be written, removes what was there before. */
  write(name: string, fingerprint: string, provider: KeptProvider): Promise<WriteOutcome> {
    return this.#inTurn(() => this.#write(name, fingerprint, provider))
  }

  remove(name: string): Promise<void> {
    return this.#inTurn(() => this.#remove(name))
  }

  /** @param now from which moment on the file counts as fresh; milliseconds since 1970 */
  touch(name: string, now: number): Promise<void> {
    return this.#inTurn(() => this.#touch(name, now))
  }

  /** One after the other: a file that is being removed cannot be touched. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work)
    this.#last = done
    return done
  }

  async #write(name: string, fingerprint: string, provider: KeptProvider): Promise<WriteOutcome> {
    const file = path.join(this.#path, name)
    const header = { fingerprint, mechanism: provider.source.mechanism.name }
    try {
      await makeFolder(this.#path, withinMs)
      // The groups may change while they are written; each of them never does.
      await writeAtomically(file, stateLines(header, [...provider.groups.values()]))
    } catch (error) {
      this.#warn('Discovery state cannot be written', file, error)
      if (!(error instanceof StateFileError)) return 'failed'
      await this.#remove(name)
      return 'refused'
    }
    if (this.#warned.delete(file)) this.#logger.info('Discovery state is written again', { file })
    return 'written'
  }

  async #remove(name: string): Promise<void> {
    const file = path.join(this.#path, name)
    try {
      await remove(file)
    } catch (error) {
      this.#warn('Discovery state cannot be removed', file, error)
    }
  }

  async #touch(name: string, now: number): Promise<void> {
    const file = path.join(this.#path, name)
    const time = new Date(now)
    try {
      await processFiles.step(file, () => lutimes(file, time, time), withinMs)
    } catch (error) {
      this.#warn('Discovery state cannot be kept fresh', file, error)
    }
  }

  /** Says whose the folder is, and warns where another process that runs has said so before. */
  async #own(): Promise<void> {
    const file = path.join(this.#path, ownerFile)
    try {
      const other = await readOwner(file)
      if (other !== undefined && !isSelf(other) && mayRun(other)) {
        this.#logger.warn('Discovery state folder is used by another process: give each its own', {
          folder: this.#path,
          pid: other.pid,
          host: other.host,
        })
      }
      await writeAtomically(file, [`${JSON.stringify(self())}\n`])
    } catch (error) {
      this.#warn('Discovery state folder cannot be marked as used', file, error)
    }
  }

  async #removeDraft(name: string, now: number): Promise<void> {
    const file = path.join(this.#path, name)
    try {
      const mtimeMs = await mtimeOf(file)
      if (mtimeMs + oldDraftMs < now) await remove(file)
    } catch (error) {
      this.#warn('Discovery state cannot be removed', file, error)
    }
  }

  async #read(name: string, now: number, maxAgeMs: number): Promise<RestoredGroups | undefined> {
    const file = path.join(this.#path, name)
    try {
      const mtimeMs = await mtimeOf(file)
      // Nothing that muster writes is a link: it would lead out of the folder.
      const bytes = await readRegular(file, { limit: largest, followLink: false, withinMs })
      const { fingerprint, groups } = readState(bytes.toString('utf8'))
      if (!name.endsWith(`-${fingerprint}${suffix}`))
        throw new StateFileError('it has the wrong name')
      if (mtimeMs + maxAgeMs > now) return { groups, asOf: Math.min(mtimeMs, now) }
      await remove(file)
    } catch (error) {
      this.#warn('Discovery state ignored', file, error)
    }
    return undefined
  }

  #warn(message: string, file: string, error: unknown): void {
    const err = worded(error)
    const reason = errorMessage(err)
    if (this.#warned.get(file) === reason) return
    this.#warned.set(file, reason)
    this.#logger.warn(message, { file, err })
  }
}

async function mtimeOf(file: string): Promise<number> {
  return Number((await processFiles.lstat(file, { withinMs })).mtimeNs / 1_000_000n)
}

/** Removes a file, if it is there. */
function remove(file: string): Promise<void> {
  return processFiles.step(file, () => rm(file, { force: true }), withinMs)
}

/** A process that uses a folder. */
interface Owner {
  readonly pid: number
  readonly host: string
}

function self(): Owner {
  return { pid: process.pid, host: os.hostname() }
}

function isSelf(owner: Owner | undefined): boolean {
  const { pid, host } = self()
  return owner?.pid === pid && owner.host === host
}

/** Undefined where there is none, or it cannot be told. */
async function readOwner(file: string): Promise<Owner | undefined> {
  try {
    const bytes = await readRegular(file, { limit: 65_536, followLink: false, withinMs })
    const { pid, host } = JSON.parse(bytes.toString('utf8')) as Partial<Owner>
    return Number.isSafeInteger(pid) && typeof host === 'string'
      ? { pid: Number(pid), host }
      : undefined
  } catch {
    // It only serves a warning: what is not readable is written again.
    return undefined
  }
}

/** Whether the process runs; of one on another host it cannot be told, and one that ended well left no mark. */
function mayRun({ pid, host }: Owner): boolean {
  if (host !== self().host) return true
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

/** An error of the system by its reason alone: its own message names a draft, which is called otherwise each time. */
function worded(error: unknown): unknown {
  const reason = fileErrorReason(error)
  if (reason === undefined) return error
  return Object.assign(new Error(reason), { code: (error as NodeJS.ErrnoException).code })
}
