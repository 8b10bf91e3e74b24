import { type Stats, statSync } from 'node:fs'
import { configLimit, readRegularSync } from '../../go/read-file.js'

/** A text that differs when the file was written to or replaced in between. */
export function fileStamp({ mtimeMs, ctimeMs, size, ino }: Stats): string {
  return [mtimeMs, ctimeMs, size, ino].join(' ')
}

/**
 * A file and the value read from it, read again when the file has changed. A look costs one `stat`, some
 * microseconds; it is synchronous because a TLS handshake cannot wait.
 */
export class WatchedFile<T> {
  readonly #file: string
  readonly #read: (text: string) => T
  #stamp = ''
  #value: { readonly of: T } | undefined

  constructor(file: string, read: (text: string) => T) {
    this.#file = file
    this.#read = read
  }

  /**
   * The value of the file as it is now.
   * @throws what opening or reading it throws; the next call tries again
   */
  current(): T {
    const stamp = fileStamp(statSync(this.#file))
    if (this.#value === undefined || stamp !== this.#stamp) {
      this.#value = undefined
      this.#value = { of: this.#read(readRegularSync(this.#file, configLimit).toString('utf8')) }
      this.#stamp = stamp
    }
    return this.#value.of
  }
}
