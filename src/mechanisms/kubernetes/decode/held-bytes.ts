import { Buffer } from 'node:buffer'
import { AnswerError } from '../../kit/errors.js'

/** One object, with all that muster skips of it. A server takes requests of 3 MiB at most. */
export const mostBytesOfOne: number = 8 << 20
const firstBytes = 128 << 10

/**
 * The bytes of an answer that came and are not read yet: in one piece, the same memory again and again. What is
 * made of them has to be copied.
 */
export class HeldBytes {
  bytes: Buffer = Buffer.alloc(0)
  /** The next byte to read. */
  at = 0
  /** Where what came ends. */
  end = 0

  push(chunk: Buffer): void {
    const left = this.end - this.at
    if (this.end + chunk.length > this.bytes.length) this.#makeRoom(left + chunk.length)
    chunk.copy(this.bytes, this.end)
    this.end += chunk.length
  }

  /** Whether at least `count` unread bytes are here. @throws {AnswerError} where that is more than an object may have */
  has(count: number): boolean {
    if (count > mostBytesOfOne) throw tooLong()
    return this.end - this.at >= count
  }

  #makeRoom(needed: number): void {
    const to =
      needed <= this.bytes.length
        ? this.bytes
        : Buffer.allocUnsafe(Math.max(firstBytes, 2 ** Math.ceil(Math.log2(needed))))
    this.bytes.copy(to, 0, this.at, this.end)
    this.end -= this.at
    this.at = 0
    this.bytes = to
  }
}

/** What to say of an object that is too large. */
export function tooLong(): AnswerError {
  const megabytes = String(mostBytesOfOne >> 20)
  return new AnswerError(`an object of the answer is larger than ${megabytes} MiB`)
}
