import type { Socket } from 'node:net'

export interface ConnectionsOptions {
  /** Connections that may be open at once, over all addresses. */
  readonly max: number
  /** Closes connections that nobody uses at the moment. */
  readonly makeRoom: () => void
  /** There was no room: a connection was closed unanswered. */
  readonly onRefused: () => void
  /**
   * Turns of the event loop until the connections that made way are closed. Below TLS it takes a few,
   * during which no request can have come through the handshake.
   */
  readonly turnsToClose: number
}

/** Every open connection of the server: so many and no more. */
export class Connections {
  readonly #options: ConnectionsOptions
  readonly #open: Set<Socket> = new Set()

  constructor(options: ConnectionsOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#open.size
  }

  /** A connection came. When there is no room for it, idle ones make way; when none idles, it goes. */
  add(socket: Socket): void {
    this.#open.add(socket)
    socket.once('close', () => this.#open.delete(socket))
    if (this.#open.size <= this.#options.max) return
    this.#options.makeRoom()
    this.#decide(socket, this.#options.turnsToClose)
  }

  /** Ends every connection at once. */
  destroyAll(): void {
    for (const socket of this.#open) socket.destroy()
  }

  #decide(socket: Socket, turns: number): void {
    for (const other of this.#open) if (other.destroyed) this.#open.delete(other)
    if (this.#open.size <= this.#options.max || socket.destroyed) return
    if (turns > 0) {
      setImmediate(() => this.#decide(socket, turns - 1))
      return
    }
    this.#open.delete(socket)
    socket.destroy()
    this.#options.onRefused()
  }
}
