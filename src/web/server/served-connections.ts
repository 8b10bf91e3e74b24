import type { IncomingMessage, ServerResponse } from 'node:http'
import {
  constants,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from 'node:http2'
import type { Socket } from 'node:net'
import tls, { type TLSSocket } from 'node:tls'
import {
  type Connection,
  ConnectionLimit,
  type ConnectionLimitOptions,
} from './connection-limit.js'
import type { NodeServer, RequestListener } from './node-server.js'
import { AnswerPace } from './answer-pace.js'
import { paceParsing } from './paced-parsing.js'
import { RequestLane } from './request-lane.js'
import { SessionBudget } from './session-budget.js'
import { SessionPace } from './session-pace.js'

/** Streams of one HTTP/2 session that are answered at once; what is announced to clients. */
export const maxStreams = 100

export interface ServedConnectionsOptions extends ConnectionLimitOptions {
  /** Answers one request. */
  readonly answer: RequestListener
  /** Whether it is known who sent a request; left out: of every one. */
  readonly isKnown?: (request: IncomingMessage) => boolean
  /** An HTTP/2 session was closed that sent much more than its requests need. */
  readonly onExcess?: () => void
  /** Bytes that open requests of all connections, and answers that are not read, may hold; default 128 MiB. */
  readonly maxHeldBytes?: number
  /** A connection was closed that held most of it. */
  readonly onHeld?: () => void
}

/** Emitted by a request when a part of its body was read, with the number of bytes. */
export const tookBody = 'tookBody'

/** Milliseconds from one look at the connections to the next. */
const lookMs = 500

/** What all that is held for a request takes at least, in bytes. */
const requestBytes = 8 * 1024

/** An HTTP/2 session that is watched. */
interface Watched {
  readonly budget: SessionBudget
  /** Bytes of the headers of its open requests. */
  headers: number
  readonly end: () => void
}

/** The connections of all servers: how many there are, and which of their requests is answered when. */
export class ServedConnections {
  readonly #options: ServedConnectionsOptions
  readonly #limit: ConnectionLimit
  /** By what a request names as its connection: a socket, or an HTTP/2 session. */
  readonly #lanes: WeakMap<object, Pick<RequestLane, 'add'>> = new WeakMap()
  /** By both ends, as every layer over a socket names them. */
  readonly #byEnds: Map<string, Connection> = new Map()
  readonly #followed: Map<Connection, RequestLane> = new Map()
  readonly #sessions: Map<Connection, Watched> = new Map()
  readonly #pace = new SessionPace()
  readonly #answers: AnswerPace
  #look: NodeJS.Timeout | undefined

  constructor(options: ServedConnectionsOptions) {
    this.#options = options
    this.#limit = new ConnectionLimit(options)
    this.#answers = new AnswerPace(options.answer)
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
    clearInterval(this.#look)
    this.#limit.destroyAll()
  }

  #followHttp1(socket: Socket, connection: Connection): void {
    const lane = this.#lane(connection, 1, () => goOn())
    this.#lanes.set(socket, lane)
    socket.once('close', () => lane.close())
    const goOn = paceParsing(socket, lane)
  }

  #followHttp2(session: ServerHttp2Session, connection: Connection): void {
    const { socket } = connection
    const budget = new SessionBudget(this.#options.now())
    const end = (code: number): void => {
      session.destroy(undefined, code)
      // The client hears that it is over, and is not asked whether it agrees.
      setImmediate(() => setImmediate(() => socket.destroy()))
    }
    const watched = { budget, headers: 0, end: () => end(constants.NGHTTP2_ENHANCE_YOUR_CALM) }
    this.#pace.add(socket)
    const lane = this.#lane(connection, maxStreams, () => {})
    this.#lanes.set(session, {
      add: (request, response) => {
        this.#pace.took()
        if (!this.#charge(connection, watched, request, response)) return
        lane.add(request, response)
      },
    })
    connection.close = () => {
      session.close()
      setImmediate(() => setImmediate(() => socket.destroy()))
    }
    this.#sessions.set(connection, watched)
    socket.once('close', () => this.#sessions.delete(connection))
  }

  /** Looks at a connection from time to time, until it is closed. */
  #follow(connection: Connection, lane: RequestLane): void {
    this.#followed.set(connection, lane)
    connection.socket.once('close', () => {
      this.#followed.delete(connection)
      if (this.#followed.size === 0) clearInterval(this.#look)
    })
    if (this.#followed.size > 1) return
    this.#look = setInterval(() => {
      for (const [one, its] of this.#sessions) this.#allows(one, its)
      this.#boundHeld()
    }, lookMs)
  }

  /** Closes the connections that hold most, where all together hold too much. */
  #boundHeld(): void {
    const { maxHeldBytes = 128 << 20, onHeld } = this.#options
    const held: [Connection, number][] = []
    let left = -maxHeldBytes
    for (const [connection, { open, unread }] of this.#followed) {
      if (open === 0) continue
      const headers = this.#sessions.get(connection)?.headers ?? 0
      const bytes = open * requestBytes + headers + unread
      left += bytes
      held.push([connection, bytes])
    }
    if (left <= 0) return
    held.sort(([, a], [, b]) => b - a)
    for (const [connection, bytes] of held) {
      if (left <= 0) return
      const watched = this.#sessions.get(connection)
      if (watched === undefined) connection.socket.destroy()
      else watched.end()
      left -= bytes
      onHeld?.()
    }
  }

  /** Lets a request pay for itself, unless it is taken back. @returns whether the session may go on */
  #charge(
    connection: Connection,
    watched: Watched,
    request: IncomingMessage,
    response: ServerResponse,
  ): boolean {
    const { budget } = watched
    const length = request.rawHeaders.join('').length
    budget.asked(length)
    watched.headers += length
    response.once('close', () => {
      const { stream } = response as unknown as Partial<Http2ServerResponse>
      watched.headers -= length
      const isAnswered = stream?.rstCode === constants.NGHTTP2_NO_ERROR && response.writableEnded
      if (isAnswered) budget.answered(length)
      else budget.reset(length)
      this.#allows(connection, watched)
    })
    request.on(tookBody, (bytes: number) => {
      budget.took(bytes)
      this.#allows(connection, watched)
    })
    return this.#allows(connection, watched)
  }

  #allows(connection: Connection, { budget, end }: Watched): boolean {
    if (!this.#sessions.has(connection)) return false
    const { bytesRead: read, bytesWritten: written } = connection.socket
    if (budget.allows(this.#options.now(), { read, written }, this.#sessions.size)) return true
    this.#sessions.delete(connection)
    end()
    this.#options.onExcess?.()
    return false
  }

  #lane(connection: Connection, max: number, goOn: () => void): RequestLane {
    const { isKnown = () => true } = this.#options
    const lane = new RequestLane({
      max,
      answer: (request, response) => this.#answers.add(request, response),
      onBusy: (request, go) => this.#limit.ask(connection, isKnown(request), go),
      onReceived: () => this.#limit.received(connection),
      onHeld: (isHeld) => this.#limit.hold(connection, isHeld),
      onIdle: () => {
        goOn()
        this.#limit.idle(connection)
      },
    })
    connection.isReceiving = () => lane.isReceiving
    connection.isSending = () => lane.isSending
    connection.unread = () => lane.unread
    this.#follow(connection, lane)
    return lane
  }
}

type Ends = Pick<Socket, 'localAddress' | 'localPort' | 'remoteAddress' | 'remotePort'>

function endsOf({ localAddress, localPort, remoteAddress, remotePort }: Ends): string {
  return [localAddress, localPort, remoteAddress, remotePort].join(' ')
}
