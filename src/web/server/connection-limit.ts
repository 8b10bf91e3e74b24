import type { Socket } from 'node:net'

export interface ConnectionLimitOptions {
  /** Connections whose requests are answered at once, over all addresses; those that idle count as well. */
  readonly max: number
  /** Connections beside those: they arrive, or their request waits for a place; default 1024. */
  readonly maxWaiting?: number
  /** Milliseconds, from any fixed point. */
  readonly now: () => number
  /** There was no room, not even to wait, or not in time: a connection was closed unanswered. */
  readonly onRefused: () => void
}

/** Milliseconds that a request may wait for a place. */
const longestWaitMs = 30_000

/** Milliseconds after which a body that is not complete, or an answer on its way, makes room for others. */
const slowMs = 1000

/** Milliseconds over which the rate of such a one is measured, where not even more connections may wait. */
const rateMs = 3000

/** Bytes a second that are enough then. */
const enoughPerSecond = 1024

/** Milliseconds for which a connection that idles after an answer that had waited keeps no place. */
const restMs = 5000

/** This many may do so. */
const maxResting = 10_000

/** Milliseconds until it is looked again whether there is room, while some wait. */
const checkMs = 50

/** Connections whose protocol begins in one turn of the event loop: a TLS handshake is a millisecond of work. */
const begunAtOnce = 16

/**
 * What a connection is at: its protocol has not begun; its handshake or its first request is on the way;
 * its request waits for a place; its requests are answered; its answers wait for something to change; only their bodies are still on the way; only
 * its answers are; it has nothing to do; it is being closed.
 */
type Kind =
  | 'waiting'
  | 'arriving'
  | 'ready'
  | 'answering'
  | 'held'
  | 'receiving'
  | 'sending'
  | 'idle'
  | 'resting'
  | 'closing'

/** Those with requests that are answered. */
const busyKinds: readonly Kind[] = ['answering', 'held', 'receiving', 'sending']

/** What a connection is at, and since when, in milliseconds. */
type State = { readonly since: number } & (
  | { readonly kind: 'waiting' | 'arriving' | 'idle' | 'resting' | 'closing' }
  | { readonly kind: 'ready'; readonly isKnown: boolean; readonly go: () => void }
  | { readonly kind: 'held'; readonly isKnown: boolean }
  | { readonly kind: 'answering'; readonly isKnown: boolean; readonly wasHeld: boolean }
  | { readonly kind: 'sending'; readonly taken: number }
  | { readonly kind: 'receiving'; readonly isKnown: boolean; readonly read: number }
)

/** One connection of the server. */
export interface Connection {
  readonly socket: Socket
  /** Begins to serve it. */
  readonly serve: (connection: Connection) => void
  /** Closes it while it is idle, in the manner of its protocol. */
  close: () => void
  /** Whether the bodies of all requests that are answered are still on their way. */
  isReceiving: () => boolean
  /** Whether all answers are on their way to the client. */
  isSending: () => boolean
  /** Bytes of answers that wait for the client to read. */
  unread: () => number
}

/**
 * The open connections of the server. A number of places is for those whose requests are answered; a
 * connection takes one when it has sent a request with all its headers, and others wait with theirs.
 *
 * Connections that have not come that far are counted apart, and the oldest of them is closed where
 * there are too many. So no number of clients that send half of something keeps a place from one that
 * sends a request.
 *
 * Where requests wait, connections that idle are closed for them, the longest idle first. A body that takes
 * its time keeps no place, nor does an answer that takes its time on the way. Such a connection is broken off
 * only where not even more may wait, and hardly anything of its body came, or of its answer was taken.
 *
 * An answer that waits for something to change keeps no place either.
 *
 * Where clients have to say who they are, those that are not known yet get half of the places.
 */
export class ConnectionLimit {
  readonly #options: Required<ConnectionLimitOptions>
  readonly #states: Map<Connection, State> = new Map()
  /** Those of one kind are in the order in which they became so. */
  readonly #of: Readonly<Record<Kind, Set<Connection>>> = {
    waiting: new Set(),
    arriving: new Set(),
    ready: new Set(),
    answering: new Set(),
    held: new Set(),
    receiving: new Set(),
    sending: new Set(),
    idle: new Set(),
    resting: new Set(),
    closing: new Set(),
  }
  /** Connections that are answered and not known. */
  #strangers = 0
  #begun = 0
  #check: NodeJS.Immediate | undefined
  #timer: NodeJS.Timeout | undefined
  #isStopped = false

  constructor(options: ConnectionLimitOptions) {
    this.#options = { maxWaiting: 1024, ...options }
  }

  /** Connections that are open now, those that wait included. */
  get size(): number {
    return this.#states.size
  }

  /**
   * Takes a connection that came, and begins to serve it in this turn of the event loop or a later one.
   * @param serve called once, unless it is closed before
   */
  add(socket: Socket, serve: (connection: Connection) => void): Connection {
    const close = (): void => void socket.destroy()
    const connection = {
      socket,
      serve,
      close,
      isReceiving: () => false,
      isSending: () => false,
      unread: () => 0,
    }
    if (!this.#isStopped && this.#isFull) this.#closeOneThatArrives()
    if (this.#isStopped || this.#isFull) {
      socket.destroy()
      if (!this.#isStopped) this.#options.onRefused()
      return connection
    }
    socket.once('close', () => {
      this.#forget(connection)
      this.#checkSoon()
    })
    // Without a listener of its protocol yet; a broken connection closes as well.
    socket.on('error', ignore)
    this.#set(connection, { kind: 'waiting', since: this.#options.now() })
    if (this.#of.waiting.size === 1 && this.#begun < begunAtOnce) this.#begin(connection)
    this.#checkSoon()
    return connection
  }

  /** The TLS handshake is done: the first request may come. */
  shookHands(connection: Connection): void {
    if (this.#states.get(connection)?.kind !== 'arriving') return
    this.#set(connection, { kind: 'arriving', since: this.#options.now() })
  }

  /**
   * A request has come, with all its headers, to a connection that answers no other.
   * @param isKnown whether it is known who sent it
   * @param go called when it may be answered, at once if there is a place
   */
  ask(connection: Connection, isKnown: boolean, go: () => void): void {
    const kind = this.#states.get(connection)?.kind
    if (kind === undefined || kind === 'closing') return
    this.#set(connection, { kind: 'ready', since: this.#options.now(), isKnown, go })
    this.#give()
    if (this.#of.ready.size > 0) this.#checkSoon()
  }

  /** The body of a request has come to its end. */
  received(connection: Connection): void {
    const state = this.#states.get(connection)
    if (state?.kind === 'receiving') this.#answer(connection, state.isKnown)
  }

  /**
   * All answers of a connection wait for something to change, or not all of them any more. Meanwhile it
   * keeps no place, and is not counted among those that wait for one: what makes answers wait bounds their number.
   */
  hold(connection: Connection, isHeld: boolean): void {
    const state = this.#states.get(connection)
    if (isHeld && state?.kind === 'answering') {
      const { isKnown } = state
      this.#set(connection, { kind: 'held', since: this.#options.now(), isKnown })
      this.#checkSoon()
    } else if (!isHeld && state?.kind === 'held') this.#answer(connection, state.isKnown, true)
  }

  /** All requests so far are answered, or were taken back. */
  idle(connection: Connection): void {
    const state = this.#states.get(connection)
    const kind = state?.kind
    const since = this.#options.now()
    if (kind === 'ready') this.#set(connection, { kind: 'arriving', since })
    if (kind === undefined || !busyKinds.includes(kind)) return
    const wasHeld = state?.kind === 'held' || (state?.kind === 'answering' && state.wasHeld)
    this.#set(connection, { kind: wasHeld ? 'resting' : 'idle', since })
    this.#checkSoon()
  }

  /** Ends every connection at once, and takes no more. */
  destroyAll(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
    clearImmediate(this.#check)
    for (const { socket } of this.#states.keys()) socket.destroy()
  }

  /** No more connections may arrive or wait. */
  get #isFull(): boolean {
    const { waiting, arriving, ready, receiving, sending } = this.#of
    const count = waiting.size + arriving.size + ready.size + receiving.size + sending.size
    return count >= this.#options.maxWaiting + Math.max(0, this.#freePlaces)
  }

  get #freePlaces(): number {
    const { answering, idle, closing } = this.#of
    return this.#options.max - answering.size - idle.size - closing.size
  }

  /** How many of those that are not known may be answered beside those that are. */
  get #freeForStrangers(): number {
    return Math.ceil(this.#options.max / 2) - this.#strangers
  }

  /** Those of a kind as they are now, whatever becomes of them. */
  #all(kind: Kind): readonly Connection[] {
    return [...this.#of[kind]]
  }

  #set(connection: Connection, state: State): void {
    this.#forget(connection)
    this.#states.set(connection, state)
    this.#of[state.kind].add(connection)
    if (state.kind === 'answering' && !state.isKnown) this.#strangers += 1
  }

  #forget(connection: Connection): void {
    const state = this.#states.get(connection)
    if (state === undefined) return
    if (state.kind === 'answering' && !state.isKnown) this.#strangers -= 1
    this.#of[state.kind].delete(connection)
    this.#states.delete(connection)
  }

  #begin(connection: Connection): void {
    this.#begun += 1
    this.#set(connection, { kind: 'arriving', since: this.#options.now() })
    connection.socket.off('error', ignore)
    connection.serve(connection)
  }

  #answer(connection: Connection, isKnown: boolean, wasHeld = false): void {
    this.#set(connection, { kind: 'answering', since: this.#options.now(), isKnown, wasHeld })
  }

  /** Gives free places to requests that wait, those that are known first. */
  #give(): void {
    for (const isKnown of [true, false]) {
      for (const connection of this.#all('ready')) {
        const state = this.#states.get(connection)
        if (state?.kind !== 'ready' || state.isKnown !== isKnown) continue
        if (this.#freePlaces <= 0 || (!isKnown && this.#freeForStrangers <= 0)) break
        this.#answer(connection, isKnown)
        state.go()
      }
    }
  }

  /** Later in this turn of the event loop, once everything that has come by now was read. */
  #checkSoon(): void {
    if (this.#isStopped) return
    this.#check ??= setImmediate(() => {
      this.#check = undefined
      this.#begun = 0
      for (const connection of [...this.#of.waiting].slice(0, begunAtOnce)) this.#begin(connection)
      if (this.#of.waiting.size > 0) this.#checkSoon()
      this.#makeRoom()
    })
  }

  #makeRoom(): void {
    clearTimeout(this.#timer)
    this.#give()
    if (this.#of.ready.size === 0) return
    const now = this.#options.now()
    this.#endRests(now)
    let known = 0
    let strangers = 0
    for (const connection of this.#all('ready')) {
      const state = this.#states.get(connection)
      if (state?.kind !== 'ready') continue
      if (now - state.since >= longestWaitMs) {
        this.#drop(connection)
        this.#options.onRefused()
      } else if (state.isKnown) known += 1
      else strangers += 1
    }
    const missing = known + Math.min(strangers, this.#freeForStrangers) - this.#of.closing.size
    if (missing > 0) this.#freeSome(missing, now)
    if (this.#isStopped) return
    this.#timer = setTimeout(() => this.#checkSoon(), checkMs)
  }

  /** A thousand clients that were answered at once ask again in a moment, and need not connect again for that. */
  #endRests(now: number): void {
    for (const connection of this.#all('resting')) {
      const since = this.#states.get(connection)?.since ?? now
      if (now - since < restMs && this.#of.resting.size <= maxResting) break
      this.#set(connection, { kind: 'idle', since })
    }
  }

  /** Frees this many places, as far as connections hold them that need not. */
  #freeSome(count: number, now: number): void {
    const idle = [...this.#of.idle].slice(0, count)
    for (const connection of idle) this.#close(connection)
    let missing = count - idle.length
    for (const connection of this.#all('answering')) {
      if (missing <= 0) break
      const state = this.#states.get(connection)
      if (state?.kind !== 'answering' || now - state.since < slowMs) continue
      const { isKnown } = state
      if (connection.isReceiving()) {
        const read = connection.socket.bytesRead
        this.#set(connection, { kind: 'receiving', since: now, isKnown, read })
        missing -= 1
      } else if (connection.isSending()) {
        this.#set(connection, { kind: 'sending', since: now, taken: takenBy(connection) })
        missing -= 1
      } else this.#answer(connection, isKnown, state.wasHeld)
    }
    if (missing < count) this.#checkSoon()
  }

  /** Closes the oldest connection that has sent no whole request, or one whose body or answer hardly moves. */
  #closeOneThatArrives(): void {
    const now = this.#options.now()
    for (const connection of this.#of.arriving) {
      this.#drop(connection)
      return
    }
    const isEnough = (bytes: number, since: number): boolean =>
      bytes >= ((now - since) / 1000) * enoughPerSecond
    for (const connection of [...this.#of.receiving, ...this.#of.sending]) {
      const state = this.#states.get(connection)
      if (state === undefined || now - state.since < rateMs) continue
      const [read, taken] = [connection.socket.bytesRead, takenBy(connection)]
      if (state.kind === 'receiving' && isEnough(read - state.read, state.since)) {
        this.#set(connection, { ...state, since: now, read })
      } else if (
        state.kind === 'sending' &&
        (connection.unread() === 0 || isEnough(taken - state.taken, state.since))
      ) {
        this.#set(connection, { ...state, since: now, taken })
      } else {
        this.#drop(connection)
        return
      }
    }
  }

  /** Ends a connection that has no answer coming, or none that is read. */
  #drop(connection: Connection): void {
    this.#forget(connection)
    connection.socket.destroy()
  }

  /** Ends one that idles. It keeps its place until it is closed. */
  #close(connection: Connection): void {
    this.#set(connection, { kind: 'closing', since: this.#options.now() })
    connection.close()
  }
}

/** Bytes that a client, or the system for it, has taken, beyond those that it sent: a ping has an answer as long. */
function takenBy({ socket }: Connection): number {
  return socket.bytesWritten - socket.writableLength - socket.bytesRead
}

function ignore(): void {
  // What is broken closes, and that is what counts.
}

/** Milliseconds from one report to the next. */
const reportIntervalMs = 10_000

/**
 * Wraps a report of something that can happen many times in a moment: the first time it is called at
 * once, and then with how often it happened meanwhile, but not more often than every ten seconds.
 * @param now milliseconds, from any fixed point
 */
export function throttled(report: (times: number) => void, now: () => number): () => void {
  let times = 0
  let reportedAt = -Infinity
  return () => {
    times += 1
    if (now() - reportedAt < reportIntervalMs) return
    report(times)
    times = 0
    reportedAt = now()
  }
}
