/** A finished body, as it went over the wire. */
export interface StoredBody {
  readonly etag: string
  readonly buffers: readonly Buffer[]
  readonly bytes: number
}

/**
 * A short body is made again as fast as it is found. Keys come from requests: many long ones with
 * nothing behind them must not fill the memory.
 */
const minBodyBytes = 16 * 1024

/**
 * The last bodies that were made, so that unchanged data costs nothing the second time. Bounded in
 * bytes; the one that was not asked for the longest goes first.
 */
export class BodyCache {
  readonly #maxBytes: number
  readonly #bodies: Map<string, StoredBody> = new Map()
  #bytes = 0

  /** @param maxBytes what all bodies may take together */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** The most one body may have to be kept: no more than a half of all. */
  get maxBodyBytes(): number {
    return this.#maxBytes / 2
  }

  /** The body under this key, if it is of this version. */
  get(key: string, etag: string): StoredBody | undefined {
    const body = this.#bodies.get(key)
    if (body === undefined) return undefined
    this.#remove(key, body)
    if (body.etag !== etag) return undefined
    this.#add(key, body)
    return body
  }

  set(key: string, body: StoredBody): void {
    const previous = this.#bodies.get(key)
    if (previous !== undefined) this.#remove(key, previous)
    if (body.bytes > this.maxBodyBytes || body.bytes < minBodyBytes) return
    this.#add(key, body)
    for (const [oldest, stored] of this.#bodies) {
      if (this.#bytes <= this.#maxBytes) return
      this.#remove(oldest, stored)
    }
  }

  #add(key: string, body: StoredBody): void {
    this.#bodies.set(key, body)
    this.#bytes += sizeOf(key, body)
  }

  #remove(key: string, body: StoredBody): void {
    this.#bodies.delete(key)
    this.#bytes -= sizeOf(key, body)
  }
}

function sizeOf(key: string, body: StoredBody): number {
  return body.bytes + 2 * key.length
}
