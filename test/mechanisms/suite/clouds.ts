import { once } from 'node:events'
import http from 'node:http'
import https from 'node:https'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { AddressInfo, Socket } from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { buffer } from 'node:stream/consumers'
import type { Duplex } from 'node:stream'
import { pki, pkiFile } from '../../helpers/pki/index.js'
import { issue } from '../../helpers/pki/issue.js'

/** A request that arrived, whatever host it was for. */
export interface CloudRequest {
  /** `https://api.hetzner.cloud/v1/servers?page=1`, and before it any method but GET. */
  readonly line: string
  /** Its URL as the client has it, where {@link line} calls the API {@link directHost}. */
  readonly url: string
  readonly headers: http.IncomingHttpHeaders
  readonly body: string
}

/** An answer that is sent from the beginning to the end. */
export interface WholeAnswer {
  readonly kind: 'whole'
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: string | Buffer
}

/** How a request is answered. */
export type CloudAnswer =
  | WholeAnswer
  /** Nothing is ever sent. */
  | { readonly kind: 'silence' }
  /** The connection ends before any answer. */
  | { readonly kind: 'reset' }
  /** Half of the body, and then nothing. */
  | { readonly kind: 'stall'; readonly body: string }
  /** Half of the body, and then the end of the connection. */
  | { readonly kind: 'cut'; readonly body: string }
  /** Blanks without end. */
  | { readonly kind: 'endless' }
  /** It begins, and nothing comes as long as nothing happens. */
  | { readonly kind: 'watch' }

/** What becomes of a tunnel that a client asks for. */
export type Tunnel =
  | 'open'
  /** The proxy says that it cannot reach the host. */
  | 'refused'
  /** The proxy does not answer. */
  | 'silent'
  /** The tunnel is open, and the host behind it never speaks. */
  | 'dead'

/** How an API listens that is reached without a proxy. */
export type Listen = 'http' | 'https' | 'unix'

/** Names of hosts: a proxy then has a certificate for them, so that a mechanism needs no `tls_config`. */
export type Hosts = readonly string[]

/** What such an API is called, whatever its port or socket is: `http://api.test`, `https://api.test`. */
export const directHost = 'http://api.test'

/**
 * A proxy that plays every host: it ends each tunnel itself and answers for the host that was asked for,
 * so that a mechanism with a fixed host can be tested as it is. It connects to nothing.
 */
export class Clouds {
  readonly asked: CloudRequest[] = []
  tunnel: Tunnel = 'open'
  /** Called for each tunnel that is asked for. */
  onTunnel: () => void = () => undefined
  readonly #answer: (request: CloudRequest) => CloudAnswer
  readonly #sockets = new Set<Socket>()
  readonly #hosts: https.Server
  readonly #listen: Listen | undefined
  readonly #proxy: http.Server
  #port = 0
  #folder = ''

  private constructor(
    answer: (request: CloudRequest) => CloudAnswer,
    listen: Listen | undefined,
    certificate: https.ServerOptions,
  ) {
    this.#answer = answer
    this.#listen = listen
    this.#hosts = https.createServer(
      certificate,
      (request, response) => void this.#handle(request, response),
    )
    this.#proxy = this.#server()
    this.#proxy.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.on('error', () => undefined)
      socket.once('close', () => this.#sockets.delete(socket))
    })
    this.#proxy.on('connect', (_: http.IncomingMessage, socket: Duplex) => this.#connect(socket))
  }

  /** @param listen in place of a proxy for every host: one API, reached straight; or the hosts of the proxy */
  static async open(
    answer: (request: CloudRequest) => CloudAnswer,
    listen?: Listen | Hosts,
  ): Promise<Clouds> {
    if (typeof listen === 'object') return Clouds.#openHosts(answer, listen)
    const certificate = { cert: pki('server1.pem'), key: pki('server1.key') }
    const clouds = new Clouds(answer, listen, certificate)
    if (listen === 'unix') await clouds.#makeFolder()
    await clouds.reopen()
    return clouds
  }

  static async #openHosts(
    answer: (request: CloudRequest) => CloudAnswer,
    hosts: Hosts,
  ): Promise<Clouds> {
    const issuer = issue({ name: 'an authority', ca: true, keyUsage: [5] })
    const names = hosts.map((host) => `DNS:${host}`)
    const { pem, keyPem } = issue({ issuer, names, usages: ['server'] })
    const clouds = new Clouds(answer, undefined, { cert: pem, key: keyPem })
    await clouds.#makeFolder()
    await writeFile(path.join(clouds.#folder, 'ca.pem'), issuer.pem)
    await clouds.reopen()
    return clouds
  }

  async #makeFolder(): Promise<void> {
    this.#folder = await mkdtemp(path.join(os.tmpdir(), 'muster-api-'))
  }

  /** The keys of a section that send all of its requests there. */
  get config(): Readonly<Record<string, unknown>> {
    return {
      proxy_url: `http://127.0.0.1:${String(this.#port)}`,
      // The certificate is of localhost, and is taken for that of every host.
      tls_config: { ca_file: pkiFile('ca1.pem'), server_name: 'localhost' },
    }
  }

  /** The variables that send the requests for its hosts there. */
  get environment(): Readonly<Record<string, string>> {
    return {
      HTTPS_PROXY: `http://127.0.0.1:${String(this.#port)}`,
      SSL_CERT_FILE: path.join(this.#folder, 'ca.pem'),
    }
  }

  /** Of its own, which goes away with it; empty for none. */
  get folder(): string {
    return this.#folder
  }

  /** Where an API is that is reached straight: `http://127.0.0.1:1234`, or the path of its socket. */
  get origin(): string {
    if (this.#listen === 'unix') return this.#socketPath
    return `${this.#listen ?? 'http'}://${this.#host}`
  }

  /** Where it listens. */
  get port(): number {
    return this.#port
  }

  /** A text with what an API is called in place of where it is, and `{port}` in place of its port. */
  named(text: string): string {
    if (this.#listen === undefined) return text
    // A URL over a socket has to name some host.
    if (this.#listen === 'unix') return text.replaceAll('http://localhost', directHost)
    return text
      .replaceAll(this.origin, directHost)
      .replaceAll(this.#host, new URL(directHost).host)
      .replaceAll(`:${String(this.#port)}`, ':{port}')
  }

  get #host(): string {
    // The certificate is of localhost.
    return `${this.#listen === 'https' ? 'localhost' : '127.0.0.1'}:${String(this.#port)}`
  }

  get #socketPath(): string {
    return path.join(this.#folder, 'api.sock')
  }

  get connections(): number {
    return this.#sockets.size
  }

  /** Refuses connections, and ends those there are, until {@link reopen}. Safe to call twice. */
  async close(): Promise<void> {
    if (!this.#proxy.listening) return
    const closed = once(this.#proxy, 'close')
    this.#proxy.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  /** Takes connections again, at the same address. */
  async reopen(): Promise<void> {
    if (this.#proxy.listening) return
    if (this.#listen === 'unix') {
      this.#proxy.listen(this.#socketPath)
      await once(this.#proxy, 'listening')
      return
    }
    this.#proxy.listen(this.#port, '127.0.0.1')
    await once(this.#proxy, 'listening')
    this.#port = (this.#proxy.address() as AddressInfo).port
  }

  /** Ends it for good. Safe to call twice. */
  async end(): Promise<void> {
    await this.close()
    if (this.#folder !== '') await rm(this.#folder, { recursive: true, force: true })
  }

  #server(): http.Server {
    if (this.#listen === undefined) return http.createServer()
    if (this.#listen === 'https') return this.#hosts
    return http.createServer((request, response) => void this.#handle(request, response))
  }

  #connect(socket: Duplex): void {
    this.onTunnel()
    if (this.tunnel === 'silent') {
      hearOut(socket)
      return
    }
    if (this.tunnel === 'refused') {
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n')
      return
    }
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
    // Else a connection that ends during its TLS handshake would stay half open.
    socket.allowHalfOpen = false
    if (this.tunnel === 'open') this.#hosts.emit('connection', socket)
    else hearOut(socket)
  }

  async #handle(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const scheme = this.#listen === undefined || this.#listen === 'https' ? 'https' : 'http'
    const asked = await readRequest(
      request,
      `${scheme}://${request.headers.host ?? ''}`,
      this.#listen === undefined ? undefined : directHost,
    )
    this.asked.push(asked)
    sendAnswer(response, this.#answer(asked))
  }
}

/**
 * Reads a request to its end.
 * @param origin where the client believes to be
 * @param called what the API is called in the line; default its origin
 */
export async function readRequest(
  request: http.IncomingMessage,
  origin: string,
  called: string = origin,
): Promise<CloudRequest> {
  const { method = '', headers, url = '' } = request
  const body = (await buffer(request)).toString('utf8')
  const line = `${method === 'GET' ? '' : `${method} `}${called}${url}`
  return { line, url: origin + url, headers, body }
}

/** Reads on until the other side ends the connection: a socket that is not read does not notice that. */
function hearOut(socket: Duplex): void {
  socket.resume().on('end', () => socket.end())
}

const json = { 'content-type': 'application/json' }

/** Answers a request, or does what else the answer says. */
export function sendAnswer(response: http.ServerResponse, answer: CloudAnswer): void {
  if (answer.kind === 'silence') return
  if (answer.kind === 'reset') response.destroy()
  else if (answer.kind === 'whole') {
    const { status = 200, headers, body } = answer
    response.writeHead(status, { ...json, ...headers }).end(body)
  } else if (answer.kind === 'watch') {
    response.writeHead(200, json).flushHeaders()
  } else if (answer.kind === 'endless') {
    response.writeHead(200, json)
    const blanks = Buffer.alloc(1 << 20, ' ')
    const more = (): void => {
      while (!response.destroyed && response.write(blanks));
    }
    response.on('drain', more)
    more()
  } else {
    const { body, kind } = answer
    response.writeHead(200, { ...json, 'content-length': String(Buffer.byteLength(body)) })
    response.write(body.slice(0, body.length / 2), () => {
      if (kind === 'cut') response.destroy()
    })
  }
}
