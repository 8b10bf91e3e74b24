import { Buffer } from 'node:buffer'
import { AnswerError } from './errors.js'
import { skipSpace, wholeSpanOf } from './json-elements.js'
import { type ListReader, type ReadingLimits, smallBytes } from './json-list.js'
import { parseJson } from './json.js'
import { tooHeavy } from './memory.js'

/** What reading a body as it comes may take. */
export interface PieceLimits extends ReadingLimits {
  /** Where the body comes from, for errors. */
  readonly at: string
}

/**
 * Reads a body that is a JSON list while it comes: of a long one neither the text nor the elements are ever held
 * as a whole.
 * @throws what the reader throws; an {@link AnswerError} for a body that is not a JSON list, which is noticed only
 * after some elements, and for one that would take more memory than it may; what reading the body throws;
 * the signal's reason when it aborts
 */
export async function readJsonPieces<T>(
  body: AsyncIterable<Buffer>,
  reader: ListReader<T>,
  limits: PieceLimits,
): Promise<readonly T[]> {
  const { turns, signal } = limits
  const first: Buffer[] = []
  let size = 0
  let list: ListInPieces<T> | undefined
  for await (const piece of body) {
    if (list === undefined) {
      first.push(piece)
      size += piece.length
      if (size <= smallBytes) continue
      list = new ListInPieces(reader, limits)
    }
    for (const part of first.length > 0 ? first.splice(0) : [piece]) list.push(part)
    for (const _ of list.read()) {
      if (!turns.isOver) continue
      await turns.next()
      signal.throwIfAborted()
    }
  }
  // What is wrong with a short one is said best by the reader of the whole.
  if (list === undefined) return reader.whole(Buffer.concat(first, size).toString('utf8'))
  return list.end()
}

const comma = 0x2c
const openBracket = 0x5b
const closeBracket = 0x5d

/** What has to come next. */
type Next = 'list' | 'first element' | 'element' | 'comma' | 'end'

/** A list that is read by its elements as they come. */
class ListInPieces<T> {
  readonly #reader: ListReader<T>
  readonly #limits: PieceLimits
  readonly #elements: T[] = []
  #next: Next = 'list'
  /** What has come and is not read yet. */
  #pieces: Buffer[] = []
  #bytes = 0
  /** With fewer bytes than this the element that has begun is not looked at again. */
  #enough = 0
  #weight = 0

  constructor(reader: ListReader<T>, limits: PieceLimits) {
    this.#reader = reader
    this.#limits = limits
  }

  push(piece: Buffer): void {
    this.#pieces.push(piece)
    this.#bytes += piece.length
  }

  /** Reads what is complete, and pauses after each element. @throws {AnswerError} */
  *read(): Generator<void, void, undefined> {
    if (this.#bytes < this.#enough) return
    const [only] = this.#pieces
    const bytes =
      only !== undefined && this.#pieces.length === 1 ? only : Buffer.concat(this.#pieces)
    let at = 0
    for (;;) {
      at = skipSpace(bytes, at)
      const byte = bytes[at]
      if (byte === undefined) break
      if (this.#next === 'element' || (this.#next === 'first element' && byte !== closeBracket)) {
        const span = wholeSpanOf(bytes, at)
        if (span === undefined) break
        this.#take(bytes.toString('utf8', at, span.end), span.weight)
        at = span.end
        this.#next = 'comma'
        yield
      } else {
        this.#next = this.#after(byte)
        at += 1
      }
    }
    const rest = bytes.subarray(at)
    this.#pieces = rest.length > 0 ? [rest] : []
    this.#bytes = rest.length
    // An element of megabytes that comes in small pieces must not be searched again for each of them.
    this.#enough = 2 * rest.length
  }

  /** The body is over. @throws {AnswerError} where the list is not */
  end(): readonly T[] {
    this.#enough = 0
    for (const _ of this.read()) continue
    if (this.#next !== 'end') throw this.#wrong()
    return this.#elements
  }

  #after(byte: number): Next {
    if (this.#next === 'list' && byte === openBracket) return 'first element'
    if (this.#next === 'comma' && byte === comma) return 'element'
    const mayEnd = this.#next === 'comma' || this.#next === 'first element'
    if (mayEnd && byte === closeBracket) return 'end'
    throw this.#wrong()
  }

  #take(text: string, weight: number): void {
    this.#weight += weight
    // Before it is parsed: one element may be all of it.
    if (this.#weight > this.#limits.maxWeight) {
      throw new AnswerError(tooHeavy(this.#limits.maxWeight))
    }
    let item: unknown
    try {
      item = parseJson(text)
    } catch {
      // The parser's own message quotes the answer, which may hold a secret.
      throw this.#wrong()
    }
    this.#elements.push(this.#reader.element(item, this.#elements.length, text))
  }

  #wrong(): AnswerError {
    return new AnswerError(`${this.#limits.at}: the answer is not a JSON list`)
  }
}
