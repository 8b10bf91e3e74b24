import type { Buffer } from 'node:buffer'
import { AnswerError } from '../../kit/errors.js'
import type { Strings } from './strings.js'

/** The low three bits of a protobuf tag: how long its field is. */
const varint = 0
const fixed64 = 1
const delimited = 2
const fixed32 = 5

/** A longer list, in bytes, is not likely to come twice. */
const longestList = 2048

/** The tag of a field whose length stands before it: a text, bytes, a message. */
export function lengthTag(field: number): number {
  return (field << 3) | delimited
}

/** The tag of a whole number or a truth value. */
export function varintTag(field: number): number {
  return field << 3
}

/**
 * Reads protobuf, field by field, in place: https://protobuf.dev/programming-guides/encoding. Nothing is copied but
 * the texts that are asked for; what is not asked for is skipped by its length.
 */
export class Wire {
  /** The position of the next byte. */
  at = 0
  /** How many texts, lists and objects were made: see `MemoryBudget`. */
  made = 0
  readonly strings: Strings
  #bytes: Buffer
  #end = 0

  constructor(strings: Strings, bytes: Buffer) {
    this.strings = strings
    this.#bytes = bytes
  }

  /** Sets what is read next: the bytes from `start` up to `end`, which is not included. */
  over(bytes: Buffer, start: number, end: number): this {
    this.#bytes = bytes
    this.at = start
    this.#end = end
    return this
  }

  /** A varint without its high bits, as most tags, lengths and ports are: below 2^31, or it is cut. */
  uint(): number {
    const bytes = this.#bytes
    let value = this.#byte(bytes)
    if (value < 0x80) return value
    value &= 0x7f
    for (let shift = 7; shift < 70; shift += 7) {
      const byte = this.#byte(bytes)
      // What does not fit is the sign of a negative number, or noise.
      if (shift < 35) value |= (byte & 0x7f) << shift
      if (byte < 0x80) return value
    }
    throw broken('a number has no end')
  }

  bool(): boolean {
    return this.uint() !== 0
  }

  /** A length, which may be larger than what is there: that of a whole list. */
  length(): number {
    const bytes = this.#bytes
    let value = 0
    for (let scale = 1; scale < 2 ** 50; scale *= 128) {
      const byte = this.#byte(bytes)
      value += (byte & 0x7f) * scale
      if (byte < 0x80) return value
    }
    throw broken('a length is impossible')
  }

  /** The length that comes next, checked. @returns where what has that length ends */
  end(): number {
    const length = this.uint()
    const end = this.at + length
    if (length < 0 || end > this.#end) throw broken('a field is longer than what is around it')
    return end
  }

  /** The end of a message was reached. @throws where it was passed */
  leave(end: number): void {
    if (this.at !== end) throw broken('a field is longer than what is around it')
  }

  /** A text that few others are equal to: a name, an address. */
  text(): string {
    const end = this.end()
    const text = this.at === end ? '' : this.#bytes.toString('utf8', this.at, end)
    this.at = end
    this.made += 1
    return text
  }

  /** A text that many others are likely to be equal to, kept once. */
  shared(): string {
    const end = this.end()
    const text = this.strings.ofBytes(this.#bytes, this.at, end)
    this.at = end
    this.made += 1
    return text
  }

  /**
   * The elements of a repeated field, of which the first tag was read, as a list: the same list for the same bytes,
   * as long as it is remembered. For what many objects have in common, such as the labels of a deployment.
   * @param end where the message around them ends
   * @param read reads one element, its length first, and appends what it makes
   */
  sharedList<T>(tag: number, end: number, read: (wire: Wire, to: T[]) => void): readonly T[] {
    const bytes = this.#bytes
    const start = this.at
    this.at = this.end()
    while (this.at < end && bytes[this.at] === tag) {
      this.at += 1
      this.at = this.end()
    }
    const after = this.at
    this.made += 1
    // With the tag, which is one byte: the same bytes make something else under another one.
    const key = after - start > longestList ? undefined : bytes.toString('latin1', start - 1, after)
    const known = key === undefined ? undefined : this.strings.listOf(key)
    // What is under a tag was read as it is now.
    if (known !== undefined) return known as readonly T[]
    const list: T[] = []
    this.at = start
    while (this.at < after) {
      read(this, list)
      // The tag of the next one.
      if (this.at < after) this.at += 1
    }
    this.leave(after)
    if (key !== undefined) this.strings.keepList(key, list)
    return list
  }

  /** Skips a field of which the tag was read. */
  skip(tag: number): void {
    switch (tag & 7) {
      case varint:
        this.uint()
        return
      case fixed64:
        this.at += 8
        break
      case delimited:
        this.at = this.end()
        return
      case fixed32:
        this.at += 4
        break
      default:
        throw broken('a field is of an unknown type')
    }
    if (this.at > this.#end) throw broken('it ends in the middle of a number')
  }

  /** A piece of what is read, not copied: it is good until the next `over`. */
  bytes(): Buffer {
    const end = this.end()
    const bytes = this.#bytes.subarray(this.at, end)
    this.at = end
    return bytes
  }

  #byte(bytes: Buffer): number {
    if (this.at >= this.#end) throw broken('it ends in the middle of a number')
    return bytes[this.at++] ?? 0
  }
}

function broken(reason: string): AnswerError {
  return new AnswerError(`the server's protobuf cannot be read: ${reason}`)
}
