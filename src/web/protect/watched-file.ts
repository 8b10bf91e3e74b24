import { readFileSync, statSync } from 'node:fs'

/**
 * A file and what was made of it, made anew when the file has changed. Looking costs one `stat`, some
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
   * What the file says now.
   * @throws whatever reading it or making something of it throws; it is tried again the next time
   */
  current(): T {
    const { mtimeMs, ctimeMs, size, ino } = statSync(this.#file)
    const stamp = [mtimeMs, ctimeMs, size, ino].join(' ')
    if (this.#value === undefined || stamp !== this.#stamp) {
      this.#value = undefined
      this.#value = { of: this.#read(readFileSync(this.#file, 'utf8')) }
      this.#stamp = stamp
    }
    return this.#value.of
  }
}
