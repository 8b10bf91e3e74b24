import { mkdir, readdir, readFile, rm, stat, utimes } from 'node:fs/promises'
import path from 'node:path'
import { errorMessage } from '../../telemetry/error-text.js'
import type { Logger } from '../../telemetry/index.js'
import { writeAtomically } from './atomic-write.js'
import type { WriteOutcome } from './file-record.js'
import { readState, StateFileError, stateLines } from './state-file.js'
import type { KeptProvider, RestoredGroups } from './state-keeper.js'

const suffix = '.state'
const largest = 512 * 1024 * 1024

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
      await this.#make()
      for (const name of await readdir(this.#path)) {
        const restored = name.endsWith(suffix) ? await this.#read(name, now, maxAgeMs) : undefined
        if (restored !== undefined) found.set(name, restored)
      }
    } catch (error) {
      this.#warn('Discovery state cannot be read', this.#path, error)
    }
    return found
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
      await this.#make()
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
      await rm(file, { force: true })
    } catch (error) {
      this.#warn('Discovery state cannot be removed', file, error)
    }
  }

  async #touch(name: string, now: number): Promise<void> {
    const file = path.join(this.#path, name)
    const time = new Date(now)
    try {
      await utimes(file, time, time)
    } catch (error) {
      this.#warn('Discovery state cannot be kept fresh', file, error)
    }
  }

  async #make(): Promise<void> {
    await mkdir(this.#path, { recursive: true, mode: 0o700 })
  }

  async #read(name: string, now: number, maxAgeMs: number): Promise<RestoredGroups | undefined> {
    const file = path.join(this.#path, name)
    try {
      const { size, mtimeMs } = await stat(file)
      if (size > largest) throw new StateFileError('it is too large')
      const { fingerprint, groups } = readState(await readFile(file, 'utf8'))
      if (!name.endsWith(`-${fingerprint}${suffix}`))
        throw new StateFileError('it has the wrong name')
      if (mtimeMs + maxAgeMs > now) return { groups, asOf: Math.min(mtimeMs, now) }
      await rm(file)
    } catch (error) {
      this.#warn('Discovery state ignored', file, error)
    }
    return undefined
  }

  #warn(message: string, file: string, error: unknown): void {
    const reason = errorMessage(error)
    if (this.#warned.get(file) === reason) return
    this.#warned.set(file, reason)
    this.#logger.warn(message, { file, err: error })
  }
}
