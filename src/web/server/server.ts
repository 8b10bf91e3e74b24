import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Server, Socket } from 'node:net'
import { getRequestListener } from '@hono/node-server'
import type { Actor } from '../../run/index.js'
import type { Logger } from '../../telemetry/index.js'
import { Connections } from './connections.js'
import type { WebApp } from '../context.js'
import { InFlight } from './in-flight.js'
import { type ServerLimits, serverLimits, silenceTimeout } from './limits.js'
import { joinHostPort } from './listen-address.js'
import { listenOn } from './listen-on.js'
import { occasionally } from './occasionally.js'

/** Answers one request; node's HTTP/2 server gives objects of the same shape. */
export type RequestListener = (request: IncomingMessage, response: ServerResponse) => void

/** node's servers for HTTP, HTTPS and HTTP/2. */
export type NodeServer = Server & {
  closeIdleConnections?(): void
  setTimeout(ms: number): unknown
}

export interface WebServerOptions {
  readonly app: WebApp
  readonly logger: Logger
  /** `host:port`, `:port` or `[v6]:port`; port 0 takes a free one. */
  readonly listenAddresses: readonly string[]
  /** Milliseconds a request may take to arrive, and a connection may be silent. */
  readonly readTimeoutMs: number
  /** Connections served at once, over all addresses. */
  readonly maxConnections: number
  /** Milliseconds that answers under way get when the server stops. */
  readonly drainMs?: number
  /** Milliseconds, from any fixed point. */
  readonly now?: () => number
  /** Makes the server of one address where it is not a plain one: TLS, HTTP/2. */
  readonly createServer?: (limits: ServerLimits, listener: RequestListener) => NodeServer
}

/**
 * The HTTP server, as an actor: it serves from `execute` (or from {@link WebServer.listen}, for those
 * who want to know early) until it is interrupted. Then nothing new is taken, what is being answered
 * gets a moment to finish, and every connection is closed.
 */
export class WebServer implements Actor {
  readonly name = 'web'
  readonly #options: WebServerOptions
  readonly #logger: Logger
  readonly #connections: Connections
  readonly #inFlight = new InFlight()
  #servers: readonly NodeServer[] = []
  #listening: Promise<void> | undefined
  #interrupt: () => void = () => {}
  readonly #interrupted: Promise<void>
  #isExecuting = false
  #isInterrupted = false

  constructor(options: WebServerOptions) {
    this.#options = options
    this.#logger = options.logger
    const { maxConnections: limit } = options
    this.#connections = new Connections({
      max: limit,
      makeRoom: () => this.#closeIdle(),
      onRefused: occasionally((times) => {
        this.#logger.warn('Connections refused, too many are open', { limit, times })
      }, options.now ?? Date.now),
      turnsToClose: options.createServer === undefined ? 0 : 3,
    })
    this.#interrupted = new Promise((resolve) => {
      this.#interrupt = resolve
    })
  }

  /** Where it listens, as `host:port` with the port it really has; empty until it does. */
  get addresses(): readonly string[] {
    return this.#servers.flatMap((server) => {
      const address = server.address()
      return address === null || typeof address === 'string'
        ? []
        : [joinHostPort(address.address, address.port)]
    })
  }

  /** Connections that are open now. */
  get connectionCount(): number {
    return this.#connections.size
  }

  /**
   * Opens every listen address; a second call waits for the first.
   * @throws WebError when an address cannot be read or had; none is open then
   */
  listen(): Promise<void> {
    this.#listening ??= this.#listen()
    return this.#listening
  }

  async execute(): Promise<void> {
    this.#isExecuting = true
    try {
      await this.listen()
      await this.#interrupted
    } finally {
      await this.#close()
    }
  }

  /** Ends `execute`. Without one, what `listen` opened is closed here. */
  async interrupt(): Promise<void> {
    this.#isInterrupted = true
    this.#interrupt()
    if (!this.#isExecuting) await this.#close()
  }

  async #listen(): Promise<void> {
    if (this.#isInterrupted) return
    const { listenAddresses, readTimeoutMs } = this.#options
    const make = this.#options.createServer ?? createServer
    const answer = this.#listener()
    const open: NodeServer[] = []
    try {
      for (const address of listenAddresses) {
        const server = make(serverLimits(readTimeoutMs), answer)
        server.on('connection', (socket: Socket) => this.#connections.add(socket))
        // A client that neither sends nor reads is not waited for: node itself bounds only reading.
        server.setTimeout(silenceTimeout(readTimeoutMs))
        await listenOn(server, address)
        open.push(server)
        // Out of file descriptors, for one: the next connection may well be had again.
        server.on('error', (err: Error) => {
          this.#logger.error('Accepting a connection failed', { address, err })
        })
      }
    } catch (error) {
      for (const server of open) server.close()
      this.#connections.destroyAll()
      throw error
    }
    this.#servers = open
    for (const address of this.addresses) this.#logger.info('Listening on', { address })
  }

  #listener(): RequestListener {
    const { app } = this.#options
    const answer = getRequestListener(app.fetch, {
      hostname: 'localhost',
      // Replacing the process's own Request and Response is no server's business.
      overrideGlobalObjects: false,
    })
    return (request, response) => {
      this.#inFlight.add(response)
      answer(request, response).catch((error: unknown) => {
        this.#logger.error('Request failed', { err: error })
        response.destroy()
      })
    }
  }

  #closeIdle(): void {
    for (const server of this.#servers) server.closeIdleConnections?.()
  }

  async #close(): Promise<void> {
    const closed = this.#servers.map(
      (server) => new Promise<void>((resolve) => server.close(() => resolve())),
    )
    await this.#drained()
    this.#connections.destroyAll()
    await Promise.all(closed)
  }

  async #drained(): Promise<void> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#options.drainMs ?? 500)
    })
    await Promise.race([this.#inFlight.none, late])
    clearTimeout(timer)
  }
}
