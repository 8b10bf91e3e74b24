import { createServer, type IncomingMessage } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { joinHostPort } from '../../go/host-port.js'
import { type Actor, Gate } from '../../run/index.js'
import type { Logger } from '../../telemetry/index.js'
import { checkCount, checkMs } from '../../waiting/option.js'
import type { WebApp } from '../context.js'
import { throttled } from './connection-limit.js'
import { refuseHost } from './host-header.js'
import { InFlight } from './in-flight.js'
import { type ServerLimits, serverLimits, silenceTimeout } from './limits.js'
import { listenOn } from './listen.js'
import type { NodeServer, RequestListener } from './node-server.js'
import { ServedConnections } from './served-connections.js'

/** Where a {@link WebServer} listens, what it serves, and its limits. */
export interface WebServerOptions {
  readonly app: WebApp
  readonly logger: Logger
  /** `host:port`, `:port` or `[v6]:port`; port 0 takes a free one. */
  readonly listenAddresses: readonly string[]
  /** Milliseconds a request may take to arrive, and a connection may be silent; 0 is for ever, as in Go. */
  readonly readTimeoutMs: number
  /** Connections served at once, over all addresses; more of them wait. */
  readonly maxConnections: number
  /** Connections that may wait; default 1024. */
  readonly maxWaiting?: number
  /** Milliseconds that answers under way get when the server stops. */
  readonly drainMs?: number
  /** Milliseconds, from any fixed point. */
  readonly now?: () => number
  /** Whether it is known who sent a request; others get half of the connections. Left out: of every one. */
  readonly isKnown?: (request: IncomingMessage) => boolean
  /** Makes the server of one address where it is not a plain one: TLS, HTTP/2. */
  readonly createServer?: (limits: ServerLimits, listener: RequestListener) => NodeServer
}

/**
 * The HTTP server, as an actor: it serves from `execute` (or from {@link WebServer.listen}, where a
 * listen error must show early) until it is interrupted. Then it takes no new connection, lets answers
 * under way finish for a moment, and closes every connection.
 */
export class WebServer implements Actor {
  readonly name = 'web'
  readonly #options: WebServerOptions
  readonly #logger: Logger
  readonly #connections: ServedConnections
  readonly #inFlight = new InFlight()
  /** Open once it was interrupted. */
  readonly #stop = new Gate('web server stop')
  #servers: readonly NodeServer[] = []
  #listening: Promise<void> | undefined
  #isExecuting = false

  /** @throws {OptionError} when a number of the options cannot work */
  constructor(options: WebServerOptions) {
    checkMs('readTimeoutMs', options.readTimeoutMs)
    checkMs('drainMs', options.drainMs)
    checkCount('maxConnections', options.maxConnections)
    checkCount('maxWaiting', options.maxWaiting, 0)
    this.#options = options
    this.#logger = options.logger
    const { maxConnections: limit, maxWaiting, now = Date.now, isKnown } = options
    this.#connections = new ServedConnections({
      max: limit,
      ...(maxWaiting === undefined ? {} : { maxWaiting }),
      ...(isKnown === undefined ? {} : { isKnown }),
      now,
      onRefused: throttled((times) => {
        this.#logger.warn('Connections refused, too many are open', { limit, times })
      }, now),
      onExcess: throttled((times) => {
        this.#logger.warn('HTTP/2 sessions closed, they sent more than their requests need', {
          times,
        })
      }, now),
      onHeld: throttled((times) => {
        this.#logger.warn('Connections closed, their answers were not read and held too much', {
          times,
        })
      }, now),
      answer: this.#answerer(),
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

  /** Connections that are open now, those that wait for their turn included. */
  get connectionCount(): number {
    return this.#connections.size
  }

  /**
   * Opens every listen address; a second call waits for the first.
   * @throws WebError when an address cannot be read, or not be listened on; none is open then
   */
  listen(): Promise<void> {
    this.#listening ??= this.#listen()
    return this.#listening
  }

  async execute(): Promise<void> {
    this.#isExecuting = true
    try {
      await this.listen()
      await this.#stop.opened
    } finally {
      await this.#close()
    }
  }

  /** Ends `execute`. Without one, what `listen` opened is closed here. */
  async interrupt(): Promise<void> {
    this.#stop.open()
    if (!this.#isExecuting) await this.#close()
  }

  async #listen(): Promise<void> {
    if (this.#stop.isOpen) return
    const { listenAddresses } = this.#options
    const readTimeoutMs = this.#options.readTimeoutMs || Infinity
    const make = this.#options.createServer ?? createServer
    const take: RequestListener = (request, response) => this.#connections.take(request, response)
    const open: NodeServer[] = []
    try {
      for (const address of listenAddresses) {
        const server = make(serverLimits(readTimeoutMs), take)
        this.#connections.watch(server)
        // Ends the wait for a client that neither sends nor reads: node itself bounds only reading.
        server.setTimeout(silenceTimeout(readTimeoutMs))
        await listenOn(server, address)
        open.push(server)
        // Out of file descriptors, for one: accepting the next connection may work again.
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

  #answerer(): RequestListener {
    const { app } = this.#options
    const answer = getRequestListener(app.fetch, {
      hostname: 'localhost',
      // Replacing the process's own Request and Response is no server's business.
      overrideGlobalObjects: false,
    })
    return (request, response) => {
      this.#inFlight.add(response)
      if (refuseHost(request, response)) return
      answer(request, response).catch((error: unknown) => {
        this.#logger.error('Request failed', { err: error })
        response.destroy()
      })
    }
  }

  async #close(): Promise<void> {
    const closed = this.#servers.map(
      (server) => new Promise<void>((resolve) => server.close(() => resolve())),
    )
    await this.#inFlight.drained(this.#options.drainMs ?? 500)
    this.#connections.destroyAll()
    await Promise.all(closed)
  }
}
