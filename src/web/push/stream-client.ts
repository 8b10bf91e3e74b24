import type { ServerResponse } from 'node:http'

/** Bytes that may wait for a client before nothing more is written. */
const maxWaiting = 64 * 1024

/** The client of a stream that goes on for as long as both sides want: written to no faster than it reads. */
export class StreamClient {
  readonly #outgoing: ServerResponse
  readonly #onSent: (bytes: number) => void
  #waiting = 0
  #behind = 0
  #isGone = false
  #wake: () => void = () => {}

  /** @param onSent called with the bytes of everything that is written */
  constructor(outgoing: ServerResponse, onSent: (bytes: number) => void) {
    this.#outgoing = outgoing
    this.#onSent = onSent
    const gone = (): void => {
      this.#isGone = true
      this.#wake()
    }
    // A broken connection closes as well; there is nothing to report.
    outgoing.once('close', gone).on('error', gone)
    if (outgoing.destroyed) this.#isGone = true
  }

  get isGone(): boolean {
    return this.#isGone
  }

  /** Whether the client reads what is written. */
  get keepsUp(): boolean {
    return this.#waiting < maxWaiting
  }

  /** Characters that came up for this client since it last read anything; 0 while it keeps up. */
  get behind(): number {
    return this.#behind
  }

  /** @param written bytes may be shared with other clients */
  write(written: string | Buffer): void {
    const bytes = Buffer.byteLength(written)
    this.#waiting += bytes
    this.#onSent(bytes)
    this.#outgoing.write(written, (error) => {
      this.#waiting -= bytes
      this.#behind = 0
      // The client may have gone before the listeners above were added.
      if (error) this.#isGone = true
      this.#wake()
    })
  }

  /** There is news for the client. @param length in characters */
  news(length: number): void {
    if (!this.keepsUp) this.#behind += length
    this.#wake()
  }

  /** Resolves when the client has read, or is gone. */
  async readOn(): Promise<void> {
    while (!this.#isGone && !this.keepsUp) await this.woken()
  }

  /** Resolves at the next news, when the client reads, and when it goes. */
  woken(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#isGone) resolve()
      else this.#wake = resolve
    })
  }
}
