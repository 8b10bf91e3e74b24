import type { Buffer } from 'node:buffer'
import { AnswerError } from '../../kit/errors.js'
import type { Meta } from '../objects.js'
import { isEnvelope, magic, openEnvelope } from './envelope.js'
import { HeldBytes, mostBytesOfOne, tooLong } from './held-bytes.js'
import { members, text } from './json.js'
import { parsed, type ReaderOptions, weightOf } from './list-reader.js'
import { metaOf, readMetaOnly } from './meta.js'
import { readStatus, type Status, statusFrom } from './status.js'
import { lengthTag, Wire } from './wire.js'

/** What a watch says. */
export type WatchEvent<O> =
  | { readonly type: 'added' | 'modified' | 'deleted'; readonly object: O }
  /** All up to this version was said. */
  | {
      readonly type: 'bookmark'
      readonly resourceVersion: string
      /** All objects that there were at the beginning were said. */
      readonly isInitialEnd: boolean
    }
  | { readonly type: 'error'; readonly status: Status }

/** Reads the events of a watch while they come. */
export interface WatchReader<O> {
  /** Takes the next piece of the answer; the piece is not kept. */
  push(piece: Buffer): void
  /** The events that are there as a whole and were not given before. @throws {AnswerError} */
  events(): Iterable<WatchEvent<O>>
  /** The answer has ended. @throws {AnswerError} where that is in the middle of an event */
  finish(): void
}

const types: Readonly<Record<string, 'added' | 'modified' | 'deleted'>> = {
  ADDED: 'added',
  MODIFIED: 'modified',
  DELETED: 'deleted',
}

/** Says that the objects of the beginning are complete: https://kubernetes.io/docs/reference/using-api/api-concepts/#streaming-lists */
const initialEnd = 'k8s.io/initial-events-end'

function bookmarkOf({ resourceVersion, annotations }: Meta): WatchEvent<never> {
  let isInitialEnd = false
  for (let i = 0; i < annotations.length; i += 2) {
    if (annotations[i] === initialEnd && annotations[i + 1] === 'true') isInitialEnd = true
  }
  return { type: 'bookmark', resourceVersion, isInitialEnd }
}

function unknownType(): AnswerError {
  return new AnswerError('the watch has an event of an unknown type')
}

function cut(): AnswerError {
  return new AnswerError('the watch ended in the middle of an event')
}

/** A watch in protobuf: the length of each event in four bytes, then the event. */
export class WireWatchReader<O> implements WatchReader<O> {
  readonly #options: ReaderOptions<O>
  readonly #held = new HeldBytes()
  readonly #wire: Wire

  constructor(options: ReaderOptions<O>) {
    this.#options = options
    this.#wire = new Wire(options.strings, this.#held.bytes)
  }

  push(piece: Buffer): void {
    this.#held.push(piece)
  }

  *events(): Generator<WatchEvent<O>, void, undefined> {
    const held = this.#held
    while (held.has(4)) {
      const length = held.bytes.readUInt32BE(held.at)
      if (!held.has(4 + length)) return
      const start = held.at + 4
      held.at = start + length
      yield this.#event(held.bytes, start, held.at)
    }
  }

  finish(): void {
    if (this.#held.at < this.#held.end) throw cut()
  }

  #event(bytes: Buffer, start: number, frameEnd: number): WatchEvent<O> {
    const wire = this.#wire.over(bytes, start, frameEnd)
    let end = frameEnd
    // The frame is the event itself; some servers put an envelope around it as well.
    if (isEnvelope(bytes, start, end)) {
      wire.at += magic.length
      end = openEnvelope(wire, end)
    }
    let type = ''
    let object: { readonly start: number; readonly end: number } | undefined
    while (wire.at < end) {
      const tag = wire.uint()
      if (tag === lengthTag(1)) type = wire.shared()
      else if (tag === lengthTag(2)) object = readRaw(wire)
      else wire.skip(tag)
    }
    if (object === undefined) throw new AnswerError('the watch has an event without an object')
    wire.over(bytes, object.start, object.end)
    let objectEnd = object.end
    if (isEnvelope(bytes, object.start, object.end)) {
      wire.at += magic.length
      objectEnd = openEnvelope(wire, object.end)
    }
    if (type === 'BOOKMARK') return bookmarkOf(readMetaOnly(wire, objectEnd))
    if (type === 'ERROR') return { type: 'error', status: readStatus(wire, objectEnd) }
    const known = types[type]
    if (known === undefined) throw unknownType()
    const before = wire.made
    const picked = this.#options.picker.fromWire(wire, objectEnd)
    wire.leave(objectEnd)
    this.#options.take(1 + wire.made - before)
    return { type: known, object: picked }
  }
}

/** `RawExtension`: where the bytes in it stand. */
function readRaw(wire: Wire): { readonly start: number; readonly end: number } | undefined {
  const end = wire.end()
  let found: { readonly start: number; readonly end: number } | undefined
  while (wire.at < end) {
    const tag = wire.uint()
    if (tag === lengthTag(1)) {
      const inner = wire.end()
      found = { start: wire.at, end: inner }
      wire.at = inner
    } else wire.skip(tag)
  }
  wire.leave(end)
  return found
}

const lineFeed = 0x0a

/** A watch in JSON: an event on each line. */
export class JsonWatchReader<O> implements WatchReader<O> {
  readonly #options: ReaderOptions<O>
  readonly #held = new HeldBytes()
  /** How much of what is held has no line feed in it. */
  #searched = 0

  constructor(options: ReaderOptions<O>) {
    this.#options = options
  }

  push(piece: Buffer): void {
    this.#held.push(piece)
  }

  *events(): Generator<WatchEvent<O>, void, undefined> {
    const held = this.#held
    for (;;) {
      const from = held.at + this.#searched
      const found = held.bytes.subarray(from, held.end).indexOf(lineFeed)
      if (found < 0) {
        this.#searched = held.end - held.at
        if (this.#searched > mostBytesOfOne) throw tooLong()
        return
      }
      const line = held.bytes.toString('utf8', held.at, from + found)
      held.at = from + found + 1
      this.#searched = 0
      if (line.trim() !== '') yield this.#event(line)
    }
  }

  finish(): void {
    const { bytes, at, end } = this.#held
    if (bytes.toString('latin1', at, end).trim() !== '') throw cut()
  }

  #event(line: string): WatchEvent<O> {
    const { picker, strings, take } = this.#options
    const event = members(parsed(line))
    const type = text(event['type'])
    const { object } = event
    if (type === 'BOOKMARK') return bookmarkOf(metaOf(members(object)['metadata'], strings))
    if (type === 'ERROR') return { type: 'error', status: statusFrom(object) }
    const known = types[type]
    if (known === undefined) throw unknownType()
    const picked = picker.fromJson(object, strings)
    take(weightOf(picked))
    return { type: known, object: picked }
  }
}
