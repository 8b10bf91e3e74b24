import type { Buffer } from 'node:buffer'
import type { SchedulerLike } from 'rxjs'
import { HttpError } from '../../../http/index.js'
import { errorMessage } from '../../../telemetry/error-text.js'
import type { Turns } from '../../../waiting/turns.js'
import { AnswerError } from '../../kit/errors.js'
import { MemoryBudget } from '../../kit/memory.js'
import type { Answer, KubernetesApi } from './api.js'
import type { Query } from '../cluster.js'
import {
  JsonListReader,
  type ListHead,
  type ListReader,
  type ReaderOptions,
  WireListReader,
} from '../decode/list-reader.js'
import type { Resource } from '../decode/picker.js'
import type { Strings } from '../decode/strings.js'
import {
  JsonWatchReader,
  type WatchEvent,
  type WatchReader,
  WireWatchReader,
} from '../decode/watch-reader.js'
import { isMissing } from './errors.js'
import { RequestClock, type RequestLimits } from './request-clock.js'

/** A server ends a list after a minute by itself; one that goes on and on is cut. */
const listLimits: RequestLimits = { silentMs: 60_000, totalMs: 600_000 }
/** How much longer than asked for a watch may be silent. */
const graceMs = 30_000

/** What all feeds of a cluster have in common for their requests. */
export interface RequestOptions {
  readonly api: KubernetesApi
  readonly scheduler: SchedulerLike
  readonly turns: Turns
  readonly strings: Strings
  /** How much one answer may make, in the weight of JSON values. */
  readonly maxWeight: number
}

type Parameters = Readonly<Record<string, string | undefined>>

/** The lists and watches of one query. */
export class Requests<O> {
  readonly #query: Query
  readonly #versions: readonly Resource<O>[]
  readonly #options: RequestOptions
  /** Which of the versions the server has. */
  #version = 0

  constructor(query: Query, versions: readonly Resource<O>[], options: RequestOptions) {
    this.#query = query
    this.#versions = versions
    this.#options = options
  }

  /** Names what is asked for in errors: `pods of the namespace web`. */
  get what(): string {
    const { namespace } = this.#query
    return `${this.#resource.plural}${namespace === '' ? '' : ` of the namespace ${namespace}`}`
  }

  /**
   * Reads a list, or a page of one, while it comes.
   * @param take is given each object
   * @throws {KubernetesError}, {@link HttpError}, {@link AnswerError}; the signal's reason
   */
  async list(
    parameters: Parameters,
    take: (object: O) => void,
    signal: AbortSignal,
  ): Promise<ListHead> {
    const { turns, scheduler } = this.#options
    const clock = new RequestClock(`a list of ${this.what}`, listLimits, scheduler, signal)
    try {
      const answer = await this.#get(parameters, clock.signal)
      const reader = this.#listReader(answer)
      for await (const piece of answer.body) {
        clock.heard()
        reader.push(piece)
        for (const object of reader.objects()) take(object)
        if (turns.isOver) await turns.next()
        clock.signal.throwIfAborted()
      }
      return reader.finish()
    } catch (error) {
      throw this.#named(error)
    } finally {
      clock.stop()
    }
  }

  /**
   * Opens a watch.
   * @param timeoutSeconds after which the server is to end it
   * @throws as {@link Requests.list}
   */
  async watch(
    parameters: Parameters,
    timeoutSeconds: number,
    signal: AbortSignal,
  ): Promise<Watch<O>> {
    const { scheduler, turns, maxWeight } = this.#options
    const lengthMs = timeoutSeconds * 1000
    const limits = { silentMs: lengthMs + graceMs, totalMs: Infinity }
    const clock = new RequestClock(`a watch of ${this.what}`, limits, scheduler, signal)
    try {
      const answer = await this.#get(
        {
          watch: '1',
          allowWatchBookmarks: 'true',
          timeoutSeconds: String(timeoutSeconds),
          ...parameters,
        },
        clock.signal,
      )
      clock.heard()
      const budget = new MemoryBudget(maxWeight)
      return new Watch({
        answer,
        clock,
        turns,
        lengthMs,
        named: (error) => this.#named(error),
        reader: (isInitial) =>
          this.#watchReader(answer, (weight) => {
            if (isInitial()) budget.take(weight)
          }),
      })
    } catch (error) {
      clock.stop()
      throw this.#named(error)
    }
  }

  get #resource(): Resource<O> {
    const resource = this.#versions[this.#version]
    if (resource === undefined) throw new RangeError('a kind has no version')
    return resource
  }

  /** Asks, in another version of the API where the server does not have this one. */
  async #get(parameters: Parameters, signal: AbortSignal): Promise<Answer> {
    for (let tried = 1; ; tried += 1) {
      try {
        return await this.#options.api.get(this.what, this.#path(parameters), signal)
      } catch (error) {
        if (!isMissing(error) || this.#versions.length === 1) throw error
        this.#version = (this.#version + 1) % this.#versions.length
        if (tried >= this.#versions.length) throw error
      }
    }
  }

  #path(parameters: Parameters): string {
    const { namespace, labelSelector, fieldSelector } = this.#query
    const { base, plural } = this.#resource
    const query = new URLSearchParams()
    const all = { labelSelector, fieldSelector, ...parameters }
    for (const [name, value] of Object.entries(all)) {
      if (value !== undefined && value !== '') query.append(name, value)
    }
    const within = namespace === '' ? '' : `/namespaces/${encodeURIComponent(namespace)}`
    const asked = query.toString()
    return `${base}${within}/${plural}${asked === '' ? '' : `?${asked}`}`
  }

  #listReader(answer: Answer): ListReader<O> {
    const budget = new MemoryBudget(this.#options.maxWeight)
    const options = this.#readerOptions((weight) => budget.take(weight))
    return answer.isProtobuf ? new WireListReader(options) : new JsonListReader(options)
  }

  #watchReader(answer: Answer, take: (weight: number) => void): WatchReader<O> {
    const options = this.#readerOptions(take)
    return answer.isProtobuf ? new WireWatchReader(options) : new JsonWatchReader(options)
  }

  #readerOptions(take: (weight: number) => void): ReaderOptions<O> {
    return { picker: this.#resource.picker, strings: this.#options.strings, take }
  }

  /** An error of reading does not say of what. */
  #named(error: unknown): unknown {
    if (!(error instanceof AnswerError)) return error
    return new AnswerError(`${this.what}: ${errorMessage(error)}`, { cause: error })
  }
}

interface WatchOptions<O> {
  readonly answer: Answer
  readonly clock: RequestClock
  readonly turns: Turns
  /** How long the server was asked to let it last; milliseconds. */
  readonly lengthMs: number
  readonly named: (error: unknown) => unknown
  readonly reader: (isInitial: () => boolean) => WatchReader<O>
}

/** A watch that is open. It has to be closed. */
export class Watch<O> {
  readonly #options: WatchOptions<O>
  readonly #reader: WatchReader<O>
  readonly #pieces: AsyncIterator<Buffer>
  #isInitial = false

  constructor(options: WatchOptions<O>) {
    this.#options = options
    this.#reader = options.reader(() => this.#isInitial)
    this.#pieces = options.answer.body[Symbol.asyncIterator]()
  }

  /** How long it has been open; milliseconds. */
  get elapsedMs(): number {
    return this.#options.clock.elapsedMs
  }

  /** How much longer than that it should last; milliseconds. */
  get remainingMs(): number {
    return this.#options.lengthMs - this.elapsedMs
  }

  /**
   * The events that come next, as many as come at once; undefined when the server has ended the watch.
   * @throws {HttpError}, {@link AnswerError}; the signal's reason
   */
  async next(): Promise<readonly WatchEvent<O>[] | undefined> {
    const { clock, turns, named } = this.#options
    try {
      if (turns.isOver) await turns.next()
      const piece = await this.#pieces.next()
      clock.signal.throwIfAborted()
      if (piece.done === true) {
        this.#reader.finish()
        return undefined
      }
      clock.heard()
      this.#reader.push(piece.value)
      return Array.from(this.#reader.events(), (event) => this.#shown(event))
    } catch (error) {
      throw named(error)
    }
  }

  /** The words of a server may repeat the credentials. */
  #shown(event: WatchEvent<O>): WatchEvent<O> {
    if (event.type !== 'error') return event
    const { answer } = this.#options
    const { status } = event
    const message = answer.withoutSecrets(status.message)
    const reason = answer.withoutSecrets(status.reason)
    return { ...event, status: { ...status, message, reason } }
  }

  /** The objects that there are at the beginning are to come, without a long silence, and not without end. */
  beginInitial(silentMs: number): void {
    this.#isInitial = true
    this.#options.clock.allow(silentMs)
  }

  /** They have come. */
  endInitial(): void {
    this.#isInitial = false
    this.#options.clock.allow(this.#options.lengthMs + graceMs)
  }

  /** Allows this silence from now on. */
  allow(silentMs: number): void {
    this.#options.clock.allow(silentMs)
  }

  close(): void {
    this.#options.clock.stop()
    this.#options.answer.cancel()
  }
}

/** Whether a request has ended because nothing came for too long. */
export function isSilence(error: unknown): boolean {
  return error instanceof HttpError && error.kind === 'timeout'
}
