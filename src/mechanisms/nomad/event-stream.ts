import { Buffer } from 'node:buffer'
import { BehaviorSubject, type Observable } from 'rxjs'
import { AnswerError } from '../kit/errors.js'
import { weightOfJson } from '../kit/json-elements.js'
import { smallBytes } from '../kit/json-list.js'
import { parseJson } from '../kit/json.js'
import { tooHeavy } from '../kit/memory.js'
import { readShape } from '../kit/shape.js'
import { WaitingLine } from '../../waiting/waiting-line.js'
import { type EventBatch, eventBatch } from './api.js'

/** Far above what happens at one index; bytes. */
const longestLine = 8 << 20
/** A line may make this part of what an answer may. */
const shareOfLine = 1 / 8
/** How much may wait to be taken before no more should come; bytes. */
const mostHeld = 1 << 20
/** What a batch takes beside its text; bytes. */
const bytesPerBatch = 256
/** A line that comes in more pieces than this is put together on the way. */
const mostPieces = 1000
const lineFeed = 0x0a
/** Where it comes from, for errors. */
const at = 'event stream'

/**
 * Takes an event stream apart, a JSON object on each line, and keeps what came until it is asked for.
 * Lines without an event say that the stream is alive.
 */
export class EventStream {
  readonly #clock: { now(): number }
  readonly #heard = new BehaviorSubject(0)
  readonly #mostWeight: number
  readonly #batches: { readonly batch: EventBatch; readonly bytes: number }[] = []
  /** How many bytes the batches come to. */
  #held = 0
  readonly #reader = new WaitingLine()
  readonly #writer = new WaitingLine()
  /** The beginning of a line whose end has not come yet. */
  #pieces: Buffer[] = []
  #size = 0
  #ended: { readonly error: Error | undefined } | undefined
  #heardAt: number
  #isAlive = false

  /** @param maxWeight how much an answer may make, in the weight of JSON values; an event less */
  constructor(clock: { now(): number }, maxWeight: number) {
    this.#clock = clock
    this.#mostWeight = maxWeight * shareOfLine
    this.#heardAt = clock.now()
  }

  /** The newest index that came, now and from now on; 0 before any. */
  get heard(): Observable<number> {
    return this.#heard.asObservable()
  }

  /** When anything came last, or it was opened; milliseconds. */
  get heardAt(): number {
    return this.#heardAt
  }

  /** Whether anything came. */
  get isAlive(): boolean {
    return this.#isAlive
  }

  /** Whether something came that was not taken. */
  get hasMore(): boolean {
    return this.#batches.length > 0
  }

  /** Takes what came. */
  push(piece: Buffer): void {
    this.#heardAt = this.#clock.now()
    this.#isAlive = true
    let start = 0
    for (let end = piece.indexOf(lineFeed); end >= 0; end = piece.indexOf(lineFeed, start)) {
      this.#take(piece.subarray(start, end))
      start = end + 1
    }
    if (start < piece.length) this.#keep(piece.subarray(start))
    this.#reader.releaseAll()
  }

  /** Waits until so much has been taken that more may come. @throws the signal's reason */
  async room(signal: AbortSignal): Promise<void> {
    while (this.#held > mostHeld && this.#ended === undefined) await this.#writer.wait(signal)
  }

  /** Nothing more will come. @param error why; undefined where the server has ended it well */
  end(error: Error | undefined): void {
    this.#ended ??= { error }
    this.#reader.releaseAll()
    this.#writer.releaseAll()
  }

  /**
   * What came next, in its order; waits for it. Undefined when all was taken and the stream has ended well.
   * @throws why it ended otherwise; the signal's reason
   */
  async next(signal: AbortSignal): Promise<EventBatch | undefined> {
    for (;;) {
      const next = this.#batches.shift()
      if (next !== undefined) {
        this.#held -= next.bytes
        if (this.#held <= mostHeld) this.#writer.releaseAll()
        return next.batch
      }
      if (this.#ended !== undefined) {
        if (this.#ended.error === undefined) return undefined
        throw this.#ended.error
      }
      await this.#reader.wait(signal)
    }
  }

  #keep(piece: Buffer): void {
    this.#pieces.push(piece)
    this.#size += piece.length
    if (this.#pieces.length > mostPieces) this.#pieces = [Buffer.concat(this.#pieces)]
    if (this.#size <= longestLine) return
    this.#pieces = []
    this.end(new AnswerError(`${at}: an event is larger than ${String(longestLine)} bytes`))
  }

  #take(end: Buffer): void {
    if (this.#ended !== undefined) return
    const bytes = Buffer.concat([...this.#pieces, end])
    const line = bytes.toString('utf8')
    this.#pieces = []
    this.#size = 0
    if (line.trim() === '') return
    try {
      if (bytes.length > smallBytes && weightOfJson(bytes) > this.#mostWeight) {
        throw new AnswerError(`${at}: ${tooHeavy(this.#mostWeight)}`)
      }
      const batch = readShape(eventBatch, parsed(line), at)
      const held = bytes.length + bytesPerBatch
      this.#batches.push({ batch, bytes: held })
      this.#held += held
      this.#heard.next(Math.max(this.#heard.value, batch.Index))
    } catch (error) {
      this.end(asError(error))
    }
  }
}

/** What was thrown, as an error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown), { cause: thrown })
}

function parsed(line: string): unknown {
  try {
    return parseJson(line)
  } catch {
    // The parser's own message quotes the answer, which may hold a secret.
    throw new AnswerError(`${at}: an event is not JSON`)
  }
}
