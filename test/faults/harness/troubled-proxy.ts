import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import type { Socket } from 'node:net'
import { buffer } from 'node:stream/consumers'
import type { AddressInfo } from 'node:net'

/** What stands behind the proxy said. */
export interface Upstream {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  readonly body: Buffer
}

/** One request at the proxy, and the means to answer it. */
export interface Exchange {
  readonly request: http.IncomingMessage
  readonly response: http.ServerResponse
  /** Asks the server behind, with other query parameters if need be. */
  forward(change?: (query: URLSearchParams) => void): Promise<Upstream>
}

/** How the proxy treats requests. */
export type Trouble = (exchange: Exchange) => Promise<void> | void

/**
 * A proxy before a real server, which can be told to misbehave. A new trouble concerns the requests
 * that wait already, too.
 */
export class TroubledProxy {
  readonly #target: string
  readonly #server: http.Server
  readonly #waiting = new Map<Exchange, AbortController>()
  readonly #sockets = new Set<Socket>()
  #trouble: Trouble = pass

  private constructor(target: string, tls: https.ServerOptions | undefined) {
    this.#target = target
    const listener: http.RequestListener = (request, response) => this.#take(request, response)
    this.#server =
      tls === undefined ? http.createServer(listener) : https.createServer(tls, listener)
    this.#server.on(tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.on('error', () => undefined)
      socket.once('close', () => this.#sockets.delete(socket))
    })
  }

  /** @param target `host:port` */
  static async start(target: string, tls?: https.ServerOptions): Promise<TroubledProxy> {
    const proxy = new TroubledProxy(target, tls)
    proxy.#server.listen(0, '127.0.0.1')
    await once(proxy.#server, 'listening')
    return proxy
  }

  get address(): string {
    return `127.0.0.1:${String((this.#server.address() as AddressInfo).port)}`
  }

  /** From now on requests meet this. */
  set(trouble: Trouble): void {
    this.#trouble = trouble
    const waiting = [...this.#waiting]
    for (const [exchange, stop] of waiting) {
      stop.abort()
      if (!exchange.response.headersSent) this.#treat(exchange.request, exchange.response)
      else exchange.response.destroy()
    }
  }

  /** Serves another certificate from now on, and cuts the connections made with the old one. */
  renew(tls: https.ServerOptions): void {
    if (this.#server instanceof https.Server) this.#server.setSecureContext(tls)
    this.cut()
  }

  /** Cuts all connections there are. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const stop of this.#waiting.values()) stop.abort()
    this.cut()
    await closed
  }

  #take(request: http.IncomingMessage, response: http.ServerResponse): void {
    request.resume()
    this.#treat(request, response)
  }

  #treat(request: http.IncomingMessage, response: http.ServerResponse): void {
    const stop = new AbortController()
    const forward = (change: (query: URLSearchParams) => void = () => undefined) =>
      ask(this.#target, request, stop.signal, change)
    const exchange: Exchange = { request, response, forward }
    const leave = (): void => {
      stop.abort()
      this.#waiting.delete(exchange)
    }
    this.#waiting.set(exchange, stop)
    response.once('close', leave)
    Promise.resolve(this.#trouble(exchange)).catch(() => {
      // The server behind is gone, and so is the connection; or another trouble took over.
      if (!stop.signal.aborted) response.destroy()
    })
    stop.signal.addEventListener('abort', () => {
      this.#waiting.delete(exchange)
      response.off('close', leave)
    })
  }
}

async function ask(
  target: string,
  request: http.IncomingMessage,
  signal: AbortSignal,
  change: (query: URLSearchParams) => void,
): Promise<Upstream> {
  const url = new URL(`http://${target}${request.url ?? '/'}`)
  change(url.searchParams)
  const { host: _, connection: __, ...headers } = request.headers
  const forwarded = http.request(url, { agent: false, headers, signal })
  forwarded.end()
  const [answer] = (await once(forwarded, 'response')) as [http.IncomingMessage]
  return { status: answer.statusCode ?? 502, headers: answer.headers, body: await buffer(answer) }
}

function reply({ response }: Exchange, { status, headers, body }: Upstream): void {
  const { connection: _, 'transfer-encoding': __, ...rest } = headers
  response.writeHead(status, { ...rest, 'content-length': body.length })
  response.end(body)
}

/** No trouble at all. */
export const pass: Trouble = async (exchange) => {
  reply(exchange, await exchange.forward())
}

/** Answers everything with a status. */
export function status(code: number, headers: Readonly<Record<string, string>> = {}): Trouble {
  return ({ response }) => {
    response.writeHead(code, headers)
    response.end('it is not my day')
  }
}

/** Begins an answer in good time, and never comes to its end. */
export const drip: Trouble = ({ response }) => {
  response.writeHead(200, { 'content-type': 'application/json', 'x-consul-index': '1' })
  const timer = setInterval(() => response.write(' '), 100)
  response.once('close', () => clearInterval(timer))
}

/** Sends data as fast as it is taken, without an end. */
export const endless: Trouble = ({ response }) => {
  response.writeHead(200, { 'content-type': 'application/json' })
  const piece = Buffer.alloc(64 * 1024, ' ')
  const fill = (): void => {
    while (!response.destroyed && response.write(piece));
  }
  response.on('drain', fill)
  fill()
}

/** Gives the first half of the true answer and hangs up. */
export const half: Trouble = async ({ forward, response }) => {
  const { headers, body } = await forward(noWait)
  const { connection: _, 'transfer-encoding': __, ...rest } = headers
  response.writeHead(200, { ...rest, 'content-length': body.length })
  response.write(body.subarray(0, body.length / 2), () => response.destroy())
}

/** Says something else than was asked for. */
export function instead(headers: Readonly<Record<string, string>>, body: string): Trouble {
  return ({ response }) => {
    response.writeHead(200, headers)
    response.end(body)
  }
}

/** Shows indexes that are lower than Consul's own, as a restored Consul does. */
export function indexLess(by: number): Trouble {
  return async (exchange) => {
    const answer = await exchange.forward((query) => {
      const index = query.get('index')
      if (index !== null) query.set('index', String(Number(index) + by))
    })
    const index = Math.max(1, Number(answer.headers['x-consul-index']) - by)
    reply(exchange, { ...answer, headers: { ...answer.headers, 'x-consul-index': String(index) } })
  }
}

function noWait(query: URLSearchParams): void {
  query.delete('index')
}
