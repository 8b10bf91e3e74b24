import type { WebContext } from '../context.js'

/** Why a body was not read to its end. */
export type BodyFault = 'too long' | 'too many'

/** Reads the bodies of requests, each of a bounded length, and all of them together too. */
export class BodyReader {
  readonly #maxBytes: number
  readonly #maxHeldBytes: number
  #held = 0

  /**
   * @param maxBytes the longest body
   * @param maxHeldBytes the most that all bodies have together that are being read or worked on
   */
  constructor(maxBytes: number, maxHeldBytes: number) {
    this.#maxBytes = maxBytes
    this.#maxHeldBytes = maxHeldBytes
  }

  /**
   * Reads a body as text and works on it. It counts as held until the work is done.
   * @returns what the work gives, or why there was none: the rest of the body is not read then
   * @throws when the connection breaks, and what the work throws
   */
  async use<T>(c: WebContext, work: (body: string) => Promise<T>): Promise<T | BodyFault> {
    if (Number(c.req.header('Content-Length') ?? 0) > this.#maxBytes) return 'too long'
    const chunks: Buffer[] = []
    let length = 0
    try {
      // The answer goes over this connection, too: leaving the loop must not break it.
      const incoming = c.env.incoming.iterator({ destroyOnReturn: false })
      for await (const chunk of incoming as AsyncIterable<Buffer>) {
        length += chunk.length
        this.#held += chunk.length
        if (length > this.#maxBytes) return 'too long'
        if (this.#held > this.#maxHeldBytes) return 'too many'
        chunks.push(chunk)
      }
      return await work(Buffer.concat(chunks.splice(0)).toString('utf8'))
    } finally {
      this.#held -= length
    }
  }
}
