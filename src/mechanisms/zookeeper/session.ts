import net from 'node:net'
import { Observable, type SchedulerLike, Subject, type Subscription } from 'rxjs'
import { timerMs } from '../../run/index.js'
import { errorMessage } from '../../telemetry/error-text.js'
import { abortReason } from '../../waiting/abort-reason.js'
import { ZookeeperError } from './errors.js'
import {
  bareRequest,
  connectRequest,
  JuteReader,
  Messages,
  operations,
  pingXid,
  watchEventXid,
  watchRequest,
} from './jute.js'
import type { Answer, Change, Znode, Znodes } from './znodes.js'

/** The most bytes of an answer to be read; a list of a million children has about half of that. */
const mostBytes = 64 << 20
/** The most bytes of a first answer, which always has 41 or less: others are of no ZooKeeper. */
const mostFirstBytes = 1024
/** The most bytes of one znode; ZooKeeper itself takes one megabyte unless it is told otherwise. */
const mostData = 8 << 20

/** However short a timeout the server gives; milliseconds. */
const leastPingMs = 10
/** However long a timeout the server gives, unless a longer one was asked for; milliseconds. */
const longestTimeoutMs = 60_000
/** A message that comes by fewer bytes than this between two pings is not on its way. */
const leastBytes = 1024

/** One server by its address. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** How a session is opened. */
export interface SessionOptions {
  readonly address: Address
  /** How the server is called in errors. */
  readonly name: string
  /** How long the session may be silent; the server has the last word. Milliseconds. */
  readonly timeoutMs: number
  /** How long opening may take; milliseconds. */
  readonly limitMs: number
  /** The newest state that was seen; a server that is behind it refuses. 0n: takes any. */
  readonly zxid: bigint
  readonly scheduler: SchedulerLike
  /** Closes it when it aborts. */
  readonly signal: AbortSignal
}

/** A request that has no answer yet. */
interface Pending {
  readonly xid: number
  /** @throws {ZookeeperError} where the answer cannot be read */
  readonly take: (error: number, answer: JuteReader) => void
}

type State =
  | { readonly kind: 'connecting'; readonly limit: Subscription }
  | {
      readonly kind: 'open'
      readonly pingMs: number
      /** Whether anything of use came since the last ping. */
      isAlive: boolean
      /** How many bytes came since then. */
      bytes: number
      ping: Subscription
    }
  | { readonly kind: 'ended' }

/**
 * A session with one server, which is one connection: it is not taken up again on another. Nothing that a
 * server sends makes it throw: what it does not understand ends it.
 */
export class Session implements Znodes {
  /** Why it ended; settles when it does. */
  readonly ended: Promise<Error>
  readonly #options: SessionOptions
  readonly #socket: net.Socket
  readonly #messages = new Messages(mostFirstBytes)
  readonly #pending: Pending[] = []
  readonly #changes = new Subject<Change>()
  readonly #opened: () => void
  readonly #hasEnded: (error: Error) => void
  #state: State
  #xid = 0
  #zxid = 0n
  #isCorked = false
  #hasAnswered = false

  private constructor(
    options: SessionOptions,
    socket: net.Socket,
    opened: () => void,
    whenEnded: { readonly promise: Promise<Error>; readonly settle: (error: Error) => void },
  ) {
    this.#options = options
    this.#socket = socket
    this.#opened = opened
    this.ended = whenEnded.promise
    this.#hasEnded = whenEnded.settle
    const { limitMs, scheduler } = options
    const late = (): void => this.#fail(`no session after ${String(Math.round(limitMs))} ms`)
    this.#state = { kind: 'connecting', limit: scheduler.schedule(late, timerMs(limitMs)) }
  }

  /**
   * Connects, and opens a session.
   * @throws {ZookeeperError} naming the server and why there is none; the signal's reason
   */
  static open(options: SessionOptions): Promise<Session> {
    const { signal, address } = options
    return new Promise((resolve, reject) => {
      if (signal.aborted) throw abortReason(signal)
      let settle: (error: Error) => void = reject
      const promise = new Promise<Error>((ended) => {
        settle = (error) => {
          ended(error)
          reject(error)
        }
      })
      const socket = net.connect({ ...address, noDelay: true })
      const opened = (): void => resolve(session)
      const session: Session = new Session(options, socket, opened, { promise, settle })
      session.#listen()
    })
  }

  /** Whether it was of use. */
  get hasAnswered(): boolean {
    return this.#hasAnswered
  }

  /** The newest state that was seen. */
  get zxid(): bigint {
    return this.#zxid
  }

  get changes(): Observable<Change> {
    return this.#changes
  }

  data(path: string): Observable<Answer<Znode>> {
    return this.#ask<Znode>(operations.data, path, (answer) => {
      const data = answer.bytes()
      // Of the znode's state only who owns it: czxid, mzxid, ctime, mtime and three versions are before.
      answer.skip(44)
      const owner = answer.long()
      if (data.length > mostData) {
        return this.#failed(
          `${path} has ${String(data.length)} bytes, and at most ${String(mostData)} are read`,
        )
      }
      return { kind: 'found', value: { data, isEphemeral: isSession(owner) } }
    })
  }

  children(path: string): Observable<Answer<readonly string[]>> {
    return this.#ask(operations.children, path, (answer) => {
      return { kind: 'found', value: answer.names() }
    })
  }

  exists(path: string): Observable<Answer<true>> {
    return this.#ask(operations.exists, path, () => ({ kind: 'found', value: true }))
  }

  #listen(): void {
    const { timeoutMs, zxid, signal } = this.#options
    this.#socket
      .on('connect', () => this.#socket.write(connectRequest(timeoutMs, zxid)))
      .on('data', (chunk) => this.#read(chunk))
      .on('error', (error) => this.#fail(errorMessage(error), error))
      .on('close', () => {
        this.#fail(
          this.#state.kind === 'open'
            ? 'closed the connection'
            : 'closed the connection before there was a session',
        )
      })
    signal.addEventListener('abort', this.#close, { once: true })
  }

  /** Ends it in good order: the server then forgets it at once. */
  readonly #close = (): void => {
    const wasOpen = this.#state.kind === 'open'
    this.#end(abortReason(this.#options.signal))
    if (!wasOpen) {
      this.#socket.destroy()
      return
    }
    this.#write(bareRequest(this.#nextXid(), operations.close))
    // What a server that hangs has not taken until then is lost: it ends the session by its timeout.
    setImmediate(() => this.#socket.destroy())
  }

  #fail(why: string, cause?: unknown): void {
    const options = cause === undefined ? {} : { cause }
    this.#end(new ZookeeperError(`${this.#options.name}: ${why}`, options))
    this.#socket.destroy()
  }

  #end(error: Error): void {
    if (this.#state.kind === 'ended') return
    if (this.#state.kind === 'open') this.#state.ping.unsubscribe()
    else this.#state.limit.unsubscribe()
    this.#state = { kind: 'ended' }
    this.#options.signal.removeEventListener('abort', this.#close)
    this.#pending.length = 0
    this.#hasEnded(error)
  }

  #read(chunk: Buffer): void {
    try {
      for (const message of this.#messages.take(chunk)) {
        if (this.#state.kind === 'ended') return
        const reader = new JuteReader(message)
        if (this.#state.kind === 'connecting') this.#open(reader)
        else {
          this.#state.isAlive = true
          this.#take(reader)
        }
      }
    } catch (error) {
      this.#fail(errorMessage(error), error)
      return
    }
    if (this.#state.kind !== 'open') return
    this.#state.bytes += chunk.length
    if (this.#state.bytes >= leastBytes) this.#state.isAlive = true
  }

  #open(answer: JuteReader): void {
    answer.skip(4)
    const timeoutMs = answer.int()
    if (timeoutMs <= 0) throw new ZookeeperError('opens no session')
    if (this.#state.kind === 'connecting') this.#state.limit.unsubscribe()
    this.#messages.limit = mostBytes
    const longestMs = Math.max(this.#options.timeoutMs, longestTimeoutMs)
    const pingMs = Math.max(leastPingMs, Math.min(timeoutMs, longestMs) / 3)
    this.#state = { kind: 'open', pingMs, isAlive: true, bytes: 0, ping: this.#pingAfter(pingMs) }
    this.#opened()
  }

  #pingAfter(ms: number): Subscription {
    return this.#options.scheduler.schedule(() => this.#ping(), timerMs(ms))
  }

  #ping(): void {
    const state = this.#state
    if (state.kind !== 'open') return
    if (!state.isAlive) {
      this.#fail(`answered nothing for ${String(Math.round(state.pingMs))} ms`)
      return
    }
    state.isAlive = false
    state.bytes = 0
    state.ping = this.#pingAfter(state.pingMs)
    this.#write(bareRequest(pingXid, operations.ping))
  }

  #take(reader: JuteReader): void {
    const xid = reader.int()
    const zxid = reader.long()
    const error = reader.int()
    if (xid === pingXid) return
    if (xid === watchEventXid) {
      this.#notice(reader)
      return
    }
    const next = this.#pending.shift()
    if (next?.xid !== xid) throw new ZookeeperError('answered what it was not asked')
    if (zxid > this.#zxid) this.#zxid = zxid
    if (sessionErrors.has(error)) throw new ZookeeperError(`ended the session (${nameOf(error)})`)
    this.#hasAnswered = true
    next.take(error, reader)
  }

  #notice(reader: JuteReader): void {
    const kind = kinds[reader.int()]
    reader.skip(4)
    // Any other is about the session itself, and is not sent over the network.
    if (kind !== undefined) this.#changes.next({ kind, path: reader.text() })
  }

  #ask<T>(
    operation: number,
    path: string,
    read: (answer: JuteReader) => Answer<T>,
  ): Observable<Answer<T>> {
    return new Observable((subscriber) => {
      if (this.#state.kind === 'ended') return
      const xid = this.#nextXid()
      const take = (error: number, answer: JuteReader): void => {
        if (error === 0) subscriber.next(read(answer))
        else if (error === noNode) subscriber.next({ kind: 'missing' })
        else subscriber.next(this.#failed(`${path} cannot be read (${nameOf(error)})`))
        subscriber.complete()
      }
      this.#pending.push({ xid, take })
      this.#write(watchRequest(xid, operation, path))
    })
  }

  #failed(why: string): Answer<never> {
    return { kind: 'failed', error: new ZookeeperError(`${this.#options.name}: ${why}`) }
  }

  #nextXid(): number {
    this.#xid = (this.#xid % (2 ** 31 - 1)) + 1
    return this.#xid
  }

  /** What is written in one turn goes out together. */
  #write(message: Buffer): void {
    if (!this.#isCorked) {
      this.#isCorked = true
      this.#socket.cork()
      process.nextTick(() => {
        this.#isCorked = false
        this.#socket.uncork()
      })
    }
    this.#socket.write(message)
  }
}

const kinds: Readonly<Record<number, Change['kind']>> = {
  1: 'created',
  2: 'deleted',
  3: 'data',
  4: 'children',
}

const noNode = -101
const errorNames: Readonly<Record<number, string>> = {
  [-4]: 'ConnectionLoss',
  [-6]: 'Unimplemented',
  [-8]: 'BadArguments',
  [-102]: 'NoAuth: anyone has to be allowed to read it',
  [-112]: 'SessionExpired',
  [-115]: 'AuthFailed',
  [-118]: 'SessionMoved',
}
const sessionErrors: ReadonlySet<number> = new Set([-4, -112, -118])

function nameOf(error: number): string {
  return errorNames[error] ?? `error ${String(error)}`
}

/**
 * Whether the owner of a znode is a session. Containers and znodes with a time to live have other numbers
 * there, with a first byte that no session has: they may have children.
 */
function isSession(owner: bigint): boolean {
  const first = BigInt.asUintN(64, owner) >> 56n
  return owner !== 0n && owner !== -(2n ** 63n) && first !== 0xffn
}
