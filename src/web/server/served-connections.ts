import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, ServerHttp2Session } from 'node:http2'
import type { Socket } from 'node:net'
import tls, { type TLSSocket } from 'node:tls'
import {
  type Connection,
  ConnectionLimit,
  type ConnectionLimitOptions,
} from './connection-limit.js'
import type { NodeServer, RequestListener } from './node-server.js'
import { paceParsing } from './paced-parsing.js'
import { RequestLane } from './request-lane.js'

/** Streams of one HTTP/2 session that are answered at once; what is announced to clients. */
export const maxStreams = 100

export interface ServedConnectionsOptions extends ConnectionLimitOptions {
  /** Answers one request. */
  readonly answer: RequestListener
  /** Whether it is known who sent a request; left out: of every one. */
  readonly isKnown?: (request: IncomingMessage) => boolean
}

/** The connections of all servers: how many there are, and which of their requests is answered when. */
export class ServedConnections {
  readonly #options: ServedConnectionsOptions
  readonly #limit: ConnectionLimit
  /** By what a request names as its connection: a socket, or an HTTP/2 session. */
  readonly #lanes: WeakMap<object, RequestLane> = new WeakMap()
  /** By both ends, as every layer over a socket names them. */
  readonly #byEnds: Map<string, Connection> = new Map()

  constructor(options: ServedConnectionsOptions) {
    this.#options = options
    this.#limit = new ConnectionLimit(options)
  }

  /** Connections that are open, those that wait for their turn included. */
  get size(): number {
    return this.#limit.size
  }

  /** Takes a request of any server; it is answered when its turn comes. */
  take(request: IncomingMessage, response: ServerResponse): void {
    const { stream } = request as unknown as Partial<Http2ServerRequest>
    const lane = this.#lanes.get(stream?.session ?? request.socket)
    if (lane === undefined) this.#options.answer(request, response)
    else lane.add(request, response)
  }

  /** Lets the connections of a server wait for their turn before its protocol sees them. */
  watch(server: NodeServer): void {
    const serve = server.listeners('connection')
    const isTls = server instanceof tls.Server
    server.removeAllListeners('connection')
    server.on('connection', (socket: Socket) => {
      const connection = this.#limit.add(socket, (served) => {
        for (const listener of serve) listener.call(server, socket)
        if (!isTls) this.#followHttp1(socket, served)
      })
      if (isTls) this.#remember(connection)
    })
    if (!isTls) return
    server.on('secureConnection', (socket: TLSSocket) => {
      const connection = this.#byEnds.get(endsOf(socket))
      if (connection === undefined) return
      this.#limit.shookHands(connection)
      if (socket.alpnProtocol !== 'h2') this.#followHttp1(socket, connection)
    })
    server.on('session', (session: ServerHttp2Session) => {
      const connection = this.#byEnds.get(endsOf(session.socket))
      if (connection !== undefined) this.#followHttp2(session, connection)
    })
  }

  #remember(connection: Connection): void {
    const ends = endsOf(connection.socket)
    this.#byEnds.set(ends, connection)
    connection.socket.once('close', () => {
      if (this.#byEnds.get(ends) === connection) this.#byEnds.delete(ends)
    })
  }

  /** Ends every connection at once. */
  destroyAll(): void {
    this.#limit.destroyAll()
  }

  #followHttp1(socket: Socket, connection: Connection): void {
    const lane = this.#lane(connection, 1, () => goOn())
    this.#lanes.set(socket, lane)
    socket.once('close', () => lane.close())
    const goOn = paceParsing(socket, lane)
  }

  #followHttp2(session: ServerHttp2Session, connection: Connection): void {
    this.#lanes.set(
      session,
      this.#lane(connection, maxStreams, () => {}),
    )
    connection.close = () => {
      session.close()
      // The client hears that it is over, and is not asked whether it agrees.
      setImmediate(() => setImmediate(() => connection.socket.destroy()))
    }
  }

  #lane(connection: Connection, max: number, goOn: () => void): RequestLane {
    const { answer, isKnown = () => true } = this.#options
    const lane = new RequestLane({
      max,
      answer,
      onBusy: (request, go) => this.#limit.ask(connection, isKnown(request), go),
      onReceived: () => this.#limit.received(connection),
      onIdle: () => {
        goOn()
        this.#limit.idle(connection)
      },
    })
    connection.isReceiving = () => lane.isReceiving
    connection.isUnread = () => lane.isUnread
    return lane
  }
}

type Ends = Pick<Socket, 'localAddress' | 'localPort' | 'remoteAddress' | 'remotePort'>

function endsOf({ localAddress, localPort, remoteAddress, remotePort }: Ends): string {
  return [localAddress, localPort, remoteAddress, remotePort].join(' ')
}
