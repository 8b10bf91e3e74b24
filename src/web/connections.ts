import type { Socket } from 'node:net'

/** Every open connection of the server, over all its addresses: so many and no more. */
export class Connections {
  readonly #max: number
  readonly #makeRoom: () => void
  readonly #onRefused: () => void
  readonly #open: Set<Socket> = new Set()

  /**
   * @param makeRoom closes connections that nobody uses at the moment
   * @param onRefused there was no room: a connection was closed unanswered
   */
  constructor(max: number, makeRoom: () => void, onRefused: () => void) {
    this.#max = max
    this.#makeRoom = makeRoom
    this.#onRefused = onRefused
  }

  get size(): number {
    return this.#open.size
  }

  /** A connection came. When there is no room for it, idle ones make way; when none idles, it goes. */
  add(socket: Socket): void {
    this.#open.add(socket)
    socket.once('close', () => this.#open.delete(socket))
    if (this.#open.size <= this.#max) return
    this.#makeRoom()
    // Those that made way are gone by the next turn.
    setImmediate(() => {
      if (this.#open.size <= this.#max || socket.destroyed) return
      socket.destroy()
      this.#open.delete(socket)
      this.#onRefused()
    })
  }

  /** Ends every connection at once. */
  destroyAll(): void {
    for (const socket of this.#open) socket.destroy()
  }
}
