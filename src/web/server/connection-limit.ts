import type { Socket } from 'node:net'

export interface ConnectionLimitOptions {
  /** Connections that may be open at once, over all addresses. */
  readonly max: number
  /** Closes idle connections. */
  readonly closeIdle: () => void
  /** There was no room: a connection was closed unanswered. */
  readonly onRefused: () => void
  /**
   * Turns of the event loop until the idle connections are closed. Below TLS it takes a few, during
   * which no request can have come through the handshake.
   */
  readonly turnsToClose: number
}

/** The open connections of the server, never more than a limit. */
export class ConnectionLimit {
  readonly #options: ConnectionLimitOptions
  readonly #open: Set<Socket> = new Set()

  constructor(options: ConnectionLimitOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#open.size
  }

  /** A connection came. Where there is no room, idle ones are closed for it; where none is idle, it is closed. */
  add(socket: Socket): void {
    this.#open.add(socket)
    socket.once('close', () => this.#open.delete(socket))
    if (this.#open.size <= this.#options.max) return
    this.#options.closeIdle()
    this.#refuseIfFull(socket, this.#options.turnsToClose)
  }

  /** Ends every connection at once. */
  destroyAll(): void {
    for (const socket of this.#open) socket.destroy()
  }

  #refuseIfFull(socket: Socket, turns: number): void {
    for (const other of this.#open) if (other.destroyed) this.#open.delete(other)
    if (this.#open.size <= this.#options.max || socket.destroyed) return
    if (turns > 0) {
      setImmediate(() => this.#refuseIfFull(socket, turns - 1))
      return
    }
    this.#open.delete(socket)
    socket.destroy()
    this.#options.onRefused()
  }
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
