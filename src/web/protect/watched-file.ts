import type { FileStats } from '../../go/file-call.js'
import { FileSilentError } from '../../go/file-lane.js'
import { processFiles } from '../../go/files.js'
import { configLimit, readRegularSync } from '../../go/read-file.js'
import type { Logger } from '../../telemetry/index.js'
import { SharedLook } from './shared-look.js'

/** A text that differs when the file was written to or replaced in between. */
export function fileStamp({ mtimeNs, ctimeNs, size, inode }: FileStats): string {
  return [mtimeNs, ctimeNs, size, inode].map(String).join(' ')
}

/**
 * A file and the value read from it, read again when the file has changed. A look costs one `stat`;
 * those who look at the same time share it.
 */
export class WatchedFile<T> {
  readonly #file: string
  readonly #logger: Logger
  readonly #read: (bytes: Buffer) => T
  readonly #looks: SharedLook<T> = new SharedLook()
  #stamp = ''
  #value: { readonly of: T } | undefined
  #isSilent = false

  constructor(file: string, logger: Logger, read: (bytes: Buffer) => T) {
    this.#file = file
    this.#logger = logger
    this.#read = read
  }

  /** The value of the file, read while nothing else runs: for the start. @throws as {@link current} */
  now(): T {
    this.#value ??= { of: this.#read(readRegularSync(this.#file, configLimit)) }
    return this.#value.of
  }

  /** The value as it was found last, without a look at the file. */
  get last(): T | undefined {
    return this.#value?.of
  }

  /**
   * The value of the file as it is now; as it was, while the file system does not answer.
   * @throws what opening or reading it throws; the next call tries again
   */
  async current(): Promise<T> {
    try {
      const value = await this.#looks.take(() => this.#look())
      this.#isSilent = false
      return value
    } catch (error) {
      if (!(error instanceof FileSilentError) || this.#value === undefined) throw error
      if (!this.#isSilent) {
        this.#logger.error('Unable to look at a file, keeping what it had', {
          file: this.#file,
          err: error,
        })
      }
      this.#isSilent = true
      return this.#value.of
    }
  }

  async #look(): Promise<T> {
    const stamp = fileStamp(await processFiles.stat(this.#file))
    if (this.#value !== undefined && stamp === this.#stamp) return this.#value.of
    try {
      const { bytes } = await processFiles.content(this.#file, { limit: configLimit })
      const value = this.#read(bytes)
      this.#value = { of: value }
      this.#stamp = stamp
      return value
    } catch (error) {
      if (!(error instanceof FileSilentError)) this.#value = undefined
      throw error
    }
  }
}
