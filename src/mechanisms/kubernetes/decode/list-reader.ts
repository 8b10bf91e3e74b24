import type { Buffer } from 'node:buffer'
import { AnswerError } from '../../kit/errors.js'
import { parseJson } from '../../kit/json.js'
import { magic } from './envelope.js'
import { HeldBytes } from './held-bytes.js'
import { JsonScanner } from './json-scanner.js'
import { members, text } from './json.js'
import type { Picker } from './picker.js'
import type { Strings } from './strings.js'
import { lengthTag, Wire } from './wire.js'

/** What is said of a list as a whole. */
export interface ListHead {
  readonly resourceVersion: string
  /** What the next page is asked for with; empty where this is the last. */
  readonly next: string
}

/** Reads a list while it comes. */
export interface ListReader<O> {
  /** Takes the next piece of the answer; the piece is not kept. */
  push(piece: Buffer): void
  /** The objects that are there as a whole and were not given before. @throws {AnswerError} */
  objects(): Iterable<O>
  /** All has come. @throws {AnswerError} where that is not all of a list */
  finish(): ListHead
}

export interface ReaderOptions<O> {
  readonly picker: Picker<O>
  readonly strings: Strings
  /** Is told what each object comes to before the next is read, and throws where it is too much. */
  readonly take: (weight: number) => void
}

const noHead: ListHead = { resourceVersion: '', next: '' }

/** The type of a list and the like: much less than this. */
const mostAround = 1 << 20

/** Where the reading of a protobuf list stands. */
type Place = 'magic' | 'envelope' | 'list' | 'trailer'

/** A list in protobuf: an envelope, and in it the metadata and the items. */
export class WireListReader<O> implements ListReader<O> {
  readonly #options: ReaderOptions<O>
  readonly #held = new HeldBytes()
  readonly #wire: Wire
  #place: Place = 'magic'
  /** How many bytes of the list itself have not been read yet. */
  #left = 0
  /** How many bytes stand before and behind it. */
  #around = 0
  #head = noHead

  constructor(options: ReaderOptions<O>) {
    this.#options = options
    this.#wire = new Wire(options.strings, this.#held.bytes)
  }

  push(piece: Buffer): void {
    this.#held.push(piece)
  }

  *objects(): Generator<O, void, undefined> {
    const held = this.#held
    if (this.#place === 'magic') {
      if (!held.has(magic.length)) return
      if (held.bytes.compare(magic, 0, 4, held.at, held.at + 4) !== 0) {
        throw new AnswerError('the answer is not an object of Kubernetes in protobuf')
      }
      held.at += magic.length
      this.#place = 'envelope'
    }
    for (;;) {
      if (this.#place === 'list' && this.#left === 0) this.#place = 'trailer'
      const field = this.#nextField()
      if (field === undefined) return
      const { tag, end } = field
      const begin = held.at
      if (this.#place === 'envelope' && tag === lengthTag(2)) {
        this.#left = field.length
        this.#place = 'list'
        held.at = field.start
        continue
      }
      if (!held.has(end - begin)) return
      held.at = end
      if (this.#place !== 'list') {
        this.#around += end - begin
        if (this.#around > mostAround) throw new AnswerError('the answer does not end')
        continue
      }
      this.#left -= end - begin
      if (this.#left < 0) throw new AnswerError('the answer has an object that is longer than it')
      const wire = this.#wire.over(held.bytes, field.start, end)
      if (tag === lengthTag(2)) {
        const before = wire.made
        const object = this.#options.picker.fromWire(wire, end)
        wire.leave(end)
        this.#options.take(1 + wire.made - before)
        yield object
      } else if (tag === lengthTag(1)) this.#head = readHead(wire, end)
    }
  }

  finish(): ListHead {
    const isWhole = this.#held.at === this.#held.end
    const isOver = this.#place === 'trailer' || (this.#place === 'list' && this.#left === 0)
    if (isWhole && isOver) return this.#head
    throw endedEarly()
  }

  /** The next field, by its tag; undefined where its length has not come as a whole. */
  #nextField(): { tag: number; start: number; end: number; length: number } | undefined {
    const { bytes, at, end } = this.#held
    // A tag of these messages is one byte or two; a length has five at most.
    const most = Math.min(end, at + 10)
    if (at === end) return undefined
    if (most < at + 10 && !endsVarints(bytes, at, most)) return undefined
    const wire = this.#wire.over(bytes, at, most)
    const tag = wire.uint()
    if ((tag & 7) === 2) {
      const length = wire.length()
      return { tag, start: wire.at, end: wire.at + length, length }
    }
    const start = wire.at
    wire.skip(tag)
    return { tag, start, end: wire.at, length: wire.at - start }
  }
}

/** Whether two varints end within these bytes. */
function endsVarints(bytes: Buffer, start: number, end: number): boolean {
  let count = 0
  for (let at = start; at < end; at += 1) if ((bytes[at] ?? 0) < 0x80) count += 1
  return count >= 2
}

/** `ListMeta` of k8s.io/apimachinery. */
function readHead(wire: Wire, end: number): ListHead {
  let resourceVersion = ''
  let next = ''
  while (wire.at < end) {
    const tag = wire.uint()
    if (tag === lengthTag(2)) resourceVersion = wire.text()
    else if (tag === lengthTag(3)) next = wire.text()
    else wire.skip(tag)
  }
  wire.leave(end)
  return { resourceVersion, next }
}

/** A list in JSON: its members come in any order, and `items` are read one by one. */
export class JsonListReader<O> implements ListReader<O> {
  readonly #options: ReaderOptions<O>
  readonly #scanner = new JsonScanner('items')
  #head = noHead

  constructor(options: ReaderOptions<O>) {
    this.#options = options
  }

  push(piece: Buffer): void {
    this.#scanner.push(piece)
  }

  *objects(): Generator<O, void, undefined> {
    const { picker, strings, take } = this.#options
    for (let found = this.#scanner.next(); found !== undefined; found = this.#scanner.next()) {
      if (found.kind === 'element') {
        const object = picker.fromJson(parsed(found.text), strings)
        take(weightOf(object))
        yield object
      } else if (found.name === 'metadata') {
        const meta = members(parsed(found.text))
        this.#head = {
          resourceVersion: text(meta['resourceVersion']),
          next: text(meta['continue']),
        }
      }
    }
  }

  finish(): ListHead {
    if (this.#scanner.isOver) return this.#head
    throw endedEarly()
  }
}

function endedEarly(): AnswerError {
  return new AnswerError('the answer ends before the list does')
}

/** Parses a piece of JSON. @throws {AnswerError} which quotes nothing of it */
export function parsed(json: string): unknown {
  try {
    return parseJson(json)
  } catch {
    throw new AnswerError('the answer is not JSON')
  }
}

/** What an object comes to, in the weight of JSON values. */
export function weightOf(value: unknown): number {
  if (typeof value === 'string') return 1
  if (typeof value !== 'object' || value === null) return 0
  let weight = 1
  for (const member of Object.values(value)) weight += weightOf(member)
  return weight
}
