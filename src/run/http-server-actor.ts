import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo, ListenOptions, Socket } from 'node:net'
import type { Actor } from './actor.js'
import { checkMs, timerMs } from './timer-ms.js'

/** What {@link httpServerActor} is given. */
export interface HttpServerActorOptions {
  /** Made with `createServer` of node:http or node:https. */
  readonly server: Server
  /** Where to listen. Without it the server must be listening already. */
  readonly listen?: ListenOptions
  /** Opened when it listens; a `Gate` fits. */
  readonly ready?: { open(): void }
  /** Told where it listens: with port 0 the only way to know. */
  readonly onListening?: (address: AddressInfo | string | null) => void
  /** Milliseconds that requests in progress get to end, before their connections are cut. Default 10 s. */
  readonly drainMs?: number
  /** Told how many connections had to be cut. */
  readonly onCut?: (connections: number) => void
  /** Default `http`. */
  readonly name?: string
}

/**
 * An HTTP server that drains: when interrupted it accepts no more connections, closes those that are
 * idle, lets requests in progress end (their answers say `connection: close`), cuts what is left when
 * `drainMs` is over, and then settles.
 *
 * It rejects when it cannot listen, when the server errors, and after it has drained with what
 * `onListening`, `ready` or `onCut` threw.
 * @throws GroupUsageError when `drainMs` is negative or NaN
 */
export function httpServerActor(options: HttpServerActorOptions): Actor {
  const { server, listen } = options
  checkMs('httpServerActor: drainMs', options.drainMs)
  const traffic = new Traffic()
  let stopping = false
  let failure: { readonly error: unknown } | undefined
  /** Calls what the embedder gave; what it throws is told at the end, since here no one can take it. */
  const call = (work: () => void): void => {
    try {
      work()
    } catch (error) {
      failure ??= { error }
    }
  }
  const drain = (): void => {
    closeButNoConnection(server)
    traffic.endSoon()
    const cut = setTimeout(
      () => {
        const connections = traffic.cut()
        server.closeAllConnections()
        call(() => options.onCut?.(connections))
      },
      timerMs(options.drainMs ?? 10_000),
    )
    server.once('close', () => clearTimeout(cut))
  }
  const listening = (): void => {
    if (stopping) {
      drain()
      return
    }
    call(() => {
      options.onListening?.(server.address())
      options.ready?.open()
    })
    if (failure === undefined) return
    stopping = true
    drain()
  }
  return {
    name: options.name ?? 'http',
    async execute() {
      if (stopping && !server.listening) return
      const unwatch = traffic.watch(server)
      try {
        const closed = untilClosed(server)
        if (server.listening) listening()
        else server.listen(listen, listening)
        await closed
        if (failure !== undefined) throw failure.error
      } finally {
        unwatch()
      }
    },
    interrupt() {
      const first = !stopping
      stopping = true
      // Where it is still about to listen, it drains as soon as it does.
      if (first && server.listening) drain()
    },
  }
}

function untilClosed(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      server.off('close', end)
      reject(error)
    }
    const end = (): void => {
      server.off('error', fail)
      resolve()
    }
    server.once('close', end)
    server.once('error', fail)
  })
}

/**
 * Takes no more connections. Node's own `close` closes idle ones too, and from Node 26 on counts one as
 * idle that has just come, whose request is on its way.
 */
function closeButNoConnection(server: Server): void {
  const closeIdleConnections = Object.getOwnPropertyDescriptor(server, 'closeIdleConnections')
  server.closeIdleConnections = () => {}
  server.close()
  if (closeIdleConnections === undefined) {
    Reflect.deleteProperty(server, 'closeIdleConnections')
  } else Object.defineProperty(server, 'closeIdleConnections', closeIdleConnections)
}

/** What a connection did so far that has sent a request. */
interface Connection {
  /** How many requests of it are in progress. */
  requests: number
  /** How many bytes it had received when its last answer was complete. */
  receivedBefore: number
}

/** The connections of a server, and the answers that are on their way. */
class Traffic {
  readonly #sockets: Set<Socket> = new Set()
  readonly #connections: Map<Socket, Connection> = new Map()
  readonly #responses: Set<ServerResponse> = new Set()
  #ending = false

  /** @returns what ends the watch */
  watch(server: Server): () => void {
    const onConnection = (socket: Socket): void => this.#connected(socket)
    const onRequest = (request: IncomingMessage, response: ServerResponse): void =>
      this.#requested(request.socket, response)
    server.prependListener('connection', onConnection)
    server.prependListener('request', onRequest)
    return () => {
      server.off('connection', onConnection)
      server.off('request', onRequest)
    }
  }

  /** Closes idle connections; from now on every answer is the last of its connection. */
  endSoon(): void {
    this.#ending = true
    for (const response of this.#responses) response.shouldKeepAlive = false
    for (const socket of this.#connections.keys()) this.#closeIfIdle(socket)
  }

  /** @returns how many connections there were to cut */
  cut(): number {
    const count = this.#sockets.size
    for (const socket of this.#sockets) socket.destroy()
    return count
  }

  #connected(socket: Socket): void {
    this.#sockets.add(socket)
    socket.once('close', () => this.#sockets.delete(socket))
  }

  #requested(socket: Socket, response: ServerResponse): void {
    const connection = this.#connectionOf(socket)
    connection.requests += 1
    this.#responses.add(response)
    if (this.#ending) response.shouldKeepAlive = false
    response.once('close', () => {
      this.#responses.delete(response)
      connection.requests -= 1
      connection.receivedBefore = socket.bytesRead
      // Its head may have promised to keep the connection: that one is idle from the next turn on.
      if (this.#ending) setImmediate(() => this.#closeIfIdle(socket))
    })
  }

  #connectionOf(socket: Socket): Connection {
    const known = this.#connections.get(socket)
    if (known !== undefined) return known
    const connection: Connection = { requests: 0, receivedBefore: 0 }
    this.#connections.set(socket, connection)
    socket.once('close', () => this.#connections.delete(socket))
    return connection
  }

  /** A connection is idle after an answer, until a byte of the next request comes. */
  #closeIfIdle(socket: Socket): void {
    const connection = this.#connections.get(socket)
    if (connection?.requests === 0 && connection.receivedBefore === socket.bytesRead) {
      socket.destroy()
    }
  }
}
