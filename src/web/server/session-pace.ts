import type { Socket } from 'node:net'

/** Requests of all HTTP/2 sessions that are taken in a turn of the event loop, before no more is read in it. */
const takenInATurn = 64

/** What node's sockets have and their types leave out: it stops what reads below TLS and HTTP/2, too. */
interface SocketWithHandle {
  readonly _handle?: { readStart?(): unknown; readStop?(): unknown } | null
}

/**
 * Bounds how many requests HTTP/2 sessions bring in one turn of the event loop. Node makes objects of every
 * request that is in what it reads, and reads from all sockets in one turn: sessions that send hundreds
 * each would hold up everything else for as long as that takes.
 */
export class SessionPace {
  readonly #sockets: Set<Socket> = new Set()
  #taken = 0
  #isNextTurnAsked = false

  /** @param socket the one below TLS, of a session that has begun */
  add(socket: Socket): void {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
  }

  /** A session has brought a request. */
  took(): void {
    this.#taken += 1
    if (this.#taken === takenInATurn)
      for (const socket of this.#sockets) handleOf(socket)?.readStop?.()
    if (this.#isNextTurnAsked) return
    this.#isNextTurnAsked = true
    setImmediate(() => {
      this.#isNextTurnAsked = false
      const wasStopped = this.#taken >= takenInATurn
      this.#taken = 0
      if (wasStopped) for (const socket of this.#sockets) handleOf(socket)?.readStart?.()
    })
  }
}

function handleOf(socket: Socket): SocketWithHandle['_handle'] {
  // oxlint-disable-next-line no-underscore-dangle -- node has no other name for it
  return socket.destroyed ? undefined : (socket as SocketWithHandle)._handle
}
