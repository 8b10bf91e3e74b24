import type { Socket } from 'node:net'

export interface ConnectionLimitOptions {
  /** Connections that are served at once, over all addresses. */
  readonly max: number
  /** Connections that may wait until one of those is over; default 1024. */
  readonly maxWaiting?: number
  /** Milliseconds, from any fixed point. */
  readonly now: () => number
  /** There was no room, not even to wait, or not in time: a connection was closed unanswered. */
  readonly onRefused: () => void
}

/** Milliseconds that a connection may wait for its turn. */
const longestWaitMs = 30_000

/** Milliseconds that a connection may say nothing before it is closed where not even one more may wait. */
const silenceMs = 500

/** Milliseconds that a connection has for its TLS handshake, and then for its first headers, to count as served. */
const arrivalMs = 3000

/** Milliseconds until it is looked again whether there is room, while some wait. */
const checkMs = 50

/** What a connection is at, and since when, in milliseconds. */
interface State {
  /**
   * It waits until it is served; its first request is on its way; its requests are answered; it has
   * nothing to do; it is being closed.
   */
  readonly kind: 'waiting' | 'arriving' | 'answering' | 'idle' | 'closing'
  readonly since: number
}

/** One connection of the server. */
export interface Connection {
  readonly socket: Socket
  /** Begins to serve it. */
  readonly serve: (connection: Connection) => void
  /** Closes it while it is idle, in the manner of its protocol. */
  close: () => void
}

/**
 * The open connections of the server: a number of them is served, the others wait.
 *
 * Where some wait, those that idle are closed for them, the longest idle first. Connections that have
 * said nothing, or no whole request for a while, do not count as served then, since they need little
 * (up to as many as may be served); they are closed only where there is no place for them at all. One
 * whose request is answered is never closed.
 */
export class ConnectionLimit {
  readonly #options: ConnectionLimitOptions
  /** Every open connection. Those of one kind are in the order in which they became so. */
  readonly #open: Map<Connection, State> = new Map()
  #waiting = 0
  #check: NodeJS.Immediate | undefined
  #timer: NodeJS.Timeout | undefined
  #isStopped = false

  constructor(options: ConnectionLimitOptions) {
    this.#options = options
  }

  /** Connections that are open now, those that wait included. */
  get size(): number {
    return this.#open.size
  }

  /**
   * Takes a connection that came: serves it, now or when there is room.
   * @param serve called once, unless it is closed before
   */
  add(socket: Socket, serve: (connection: Connection) => void): Connection {
    const connection = { socket, serve, close: () => void socket.destroy() }
    const { max, maxWaiting = 1024, onRefused } = this.#options
    const mustWait = this.#waiting > 0 || this.#open.size >= max
    if (mustWait && this.#waiting >= maxWaiting) this.#closeSilent()
    if (this.#isStopped || (mustWait && this.#waiting >= maxWaiting)) {
      socket.destroy()
      if (!this.#isStopped) onRefused()
      return connection
    }
    socket.once('close', () => {
      this.#forget(connection)
      this.#checkSoon()
    })
    // Without a listener of its protocol yet; a broken connection closes as well.
    socket.on('error', ignore)
    this.#set(connection, { kind: 'waiting', since: this.#options.now() })
    if (mustWait) this.#checkSoon()
    else this.#serve(connection)
    return connection
  }

  /** The TLS handshake is done: the first request may come. */
  shookHands(connection: Connection): void {
    if (this.#open.get(connection)?.kind !== 'arriving') return
    this.#set(connection, { kind: 'arriving', since: this.#options.now() })
  }

  /** A request has come, with all its headers. */
  answering(connection: Connection): void {
    const kind = this.#open.get(connection)?.kind
    if (kind === undefined || kind === 'closing') return
    this.#set(connection, { kind: 'answering', since: this.#options.now() })
  }

  /** All requests so far are answered. */
  idle(connection: Connection): void {
    if (this.#open.get(connection)?.kind !== 'answering') return
    this.#set(connection, { kind: 'idle', since: this.#options.now() })
    this.#checkSoon()
  }

  /** Ends every connection at once, and takes no more. */
  destroyAll(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
    clearImmediate(this.#check)
    for (const { socket } of this.#open.keys()) socket.destroy()
  }

  #set(connection: Connection, state: State): void {
    this.#forget(connection)
    this.#open.set(connection, state)
    if (state.kind === 'waiting') this.#waiting += 1
  }

  #forget(connection: Connection): void {
    if (this.#open.get(connection)?.kind === 'waiting') this.#waiting -= 1
    this.#open.delete(connection)
  }

  #serve(connection: Connection): void {
    this.#set(connection, { kind: 'arriving', since: this.#options.now() })
    connection.socket.off('error', ignore)
    connection.serve(connection)
  }

  /** Later in this turn of the event loop, once everything that has come by now was read. */
  #checkSoon(): void {
    if (this.#waiting === 0 || this.#isStopped) return
    this.#check ??= setImmediate(() => {
      this.#check = undefined
      this.#makeRoom()
    })
  }

  #makeRoom(): void {
    const { max, now: clock, onRefused } = this.#options
    const now = clock()
    const parked = this.#all('arriving').filter(([{ socket }, { since }]) => {
      return socket.bytesRead === 0 || now - since >= arrivalMs
    })
    const places = max + Math.min(parked.length, max)
    let missing = -this.#all('closing').length
    for (const [connection, { since }] of this.#all('waiting')) {
      const hasSpoken = connection.socket.bytesRead > 0
      if (this.#inService < (hasSpoken ? places : max)) this.#serve(connection)
      else if (now - since >= longestWaitMs) {
        this.#close(connection)
        onRefused()
      } else if (hasSpoken) missing += 1
    }
    // Only their number is in the way then, not what is being answered.
    const isCrowded = this.#inService >= 2 * max && this.#inService - parked.length < max
    const overdue = parked.filter(([, { since }]) => isCrowded && now - since >= silenceMs)
    const dispensable = [...this.#all('idle'), ...overdue].slice(0, Math.max(0, missing))
    for (const [connection] of dispensable) this.#close(connection)
    clearTimeout(this.#timer)
    if (this.#waiting > 0) this.#timer = setTimeout(() => this.#checkSoon(), checkMs)
  }

  /** Connections that do not wait. */
  get #inService(): number {
    return this.#open.size - this.#waiting
  }

  /** Closes the one that has said nothing for longest, for one that cannot even wait. */
  #closeSilent(): void {
    const now = this.#options.now()
    const silent = [...this.#all('waiting'), ...this.#all('arriving')].find(
      ([{ socket }, { since }]) => socket.bytesRead === 0 && now - since >= silenceMs,
    )
    if (silent !== undefined) this.#close(silent[0])
  }

  #close(connection: Connection): void {
    this.#set(connection, { kind: 'closing', since: this.#options.now() })
    connection.close()
  }

  #all(kind: State['kind']): readonly (readonly [Connection, State])[] {
    return [...this.#open].filter(([, state]) => state.kind === kind)
  }
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
