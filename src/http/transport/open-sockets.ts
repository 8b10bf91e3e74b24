import { Socket } from 'node:net'
import type { buildConnector } from 'undici'
import { HttpError } from '../errors.js'

type Connector = buildConnector.connector

/**
 * The sockets of some connectors, each from its first moment on. An agent ends only sockets that are
 * connected: one in its TLS handshake, or on its way through a proxy, would keep the process alive for
 * as long as connecting may take.
 */
export class OpenSockets {
  readonly #sockets = new Set<Socket>()
  #ended = false

  /** The same connector, with its sockets kept track of. */
  watch(connector: Connector): Connector {
    // Its types do not say so, but undici's connector returns the socket it connects.
    const connect: (...args: Parameters<Connector>) => unknown = connector
    return (options, callback) => {
      const socket = connect(options, callback)
      if (!(socket instanceof Socket)) return
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
      if (this.#ended) this.#end(socket)
    }
  }

  /** Ends all, those that come later as well. */
  destroy(): void {
    this.#ended = true
    for (const socket of this.#sockets) this.#end(socket)
  }

  #end(socket: Socket): void {
    socket.destroy(new HttpError('closed', 'the HTTP client is closed'))
  }
}
