import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/** One instance, as much of it as a test cares for. */
export interface Instance {
  readonly id: string
  readonly address?: string
  readonly port?: number
  readonly tags?: readonly string[]
  readonly status?: string
}

/** How a request goes wrong. */
export type Fault =
  /** The connection is closed without an answer. */
  | { readonly kind: 'reset' }
  | {
      readonly kind: 'status'
      readonly status: number
      readonly body?: string
      readonly headers?: Readonly<Record<string, string>>
    }
  /** Half of an answer, and then the end. */
  | { readonly kind: 'cut' }
  /** The start of an answer that never goes on. */
  | { readonly kind: 'drip' }
  /** A good status with this in the body. */
  | { readonly kind: 'body'; readonly body: string }

interface Waiting {
  readonly index: number
  readonly indexNow: () => number
  readonly answer: () => void
}

/**
 * A Consul agent as far as discovery sees one: catalog and health with blocking queries, one index
 * for each service. What it answers is compared with the real one in real-consul.test.ts.
 */
export class FakeConsul {
  /** Path and query of each request, in order. */
  readonly requests: string[] = []
  readonly headers: http.IncomingHttpHeaders[] = []
  /** Decides what goes wrong, by path and query. */
  fault: (url: string) => Fault | undefined = () => undefined
  knowsLeader = true
  /** Connections beyond this are closed at once, as by `http_max_conns_per_client`. */
  maxConnections = Number.POSITIVE_INFINITY
  readonly #server = http.createServer((request, response) => this.#handle(request, response))
  readonly #sockets = new Set<Socket>()
  readonly #services = new Map<string, { index: number; instances: readonly Instance[] }>()
  readonly #waiting = new Set<Waiting>()
  #index = 10

  private constructor() {
    this.#server.on('connection', (socket) => {
      socket.on('error', () => undefined)
      if (this.#sockets.size >= this.maxConnections) {
        socket.destroy()
        return
      }
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
    })
  }

  static async listen(port = 0): Promise<FakeConsul> {
    const fake = new FakeConsul()
    fake.#server.listen(port, '127.0.0.1')
    await once(fake.#server, 'listening')
    return fake
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Connections that stand now. */
  get connections(): number {
    return this.#sockets.size
  }

  /** Requests that wait for a change now. */
  get waiting(): number {
    return this.#waiting.size
  }

  /** Sets the instances of a service; none remove it. */
  set(name: string, instances: readonly Instance[]): void {
    this.#index += 1
    if (instances.length === 0) this.#services.delete(name)
    else this.#services.set(name, { index: this.#index, instances })
    this.#wake()
  }

  /** Another server stands in its place, with an index that starts again. */
  rewind(): void {
    this.#index = 1
    for (const service of this.#services.values()) service.index = 1
    for (const waiting of this.#waiting) waiting.answer()
  }

  /** Another server stands in its place that has not read its data yet. */
  restart(): void {
    this.#services.clear()
    this.rewind()
  }

  /** Ends it as a kill does: nothing is answered any more. Safe to call twice. */
  async close(): Promise<void> {
    this.#waiting.clear()
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  #wake(): void {
    for (const waiting of this.#waiting) if (waiting.indexNow() > waiting.index) waiting.answer()
  }

  #handle(request: http.IncomingMessage, response: http.ServerResponse): void {
    const { url = '/' } = request
    this.requests.push(url)
    this.headers.push(request.headers)
    const fault = this.fault(url)
    if (fault !== undefined) {
      this.#fail(fault, response)
      return
    }
    const { pathname, searchParams } = new URL(url, 'http://fake')
    const [, name] = /^\/v1\/health\/service\/([^/]+)$/.exec(pathname) ?? []
    const service = name === undefined ? undefined : decodeURIComponent(name)
    const indexNow = (): number =>
      service === undefined ? this.#index : (this.#services.get(service)?.index ?? this.#index)
    const index = Number(searchParams.get('index') ?? 0)
    const waiting: Waiting = {
      index,
      indexNow,
      answer: () => {
        end()
        const body = service === undefined ? this.#body(pathname) : this.#entries(service)
        response.setHeader('content-type', 'application/json')
        response.setHeader('x-consul-index', indexNow())
        response.setHeader('x-consul-knownleader', String(this.knowsLeader))
        response.end(JSON.stringify(body))
      },
    }
    const waitMs = Number(/^(\d+)ms$/.exec(searchParams.get('wait') ?? '')?.[1] ?? 300_000)
    const timer = setTimeout(() => waiting.answer(), index < indexNow() ? 0 : waitMs)
    const end = (): void => {
      clearTimeout(timer)
      this.#waiting.delete(waiting)
    }
    if (index < indexNow()) {
      waiting.answer()
      return
    }
    this.#waiting.add(waiting)
    response.on('close', end)
  }

  #fail(fault: Fault, response: http.ServerResponse): void {
    if (fault.kind === 'reset') response.destroy()
    else if (fault.kind === 'status') {
      response.writeHead(fault.status, fault.headers).end(fault.body ?? '')
    } else if (fault.kind === 'body') {
      response.writeHead(200, { 'x-consul-index': '999' }).end(fault.body)
    } else {
      response.writeHead(200, { 'content-length': '1000', 'x-consul-index': '999' })
      response.write('[{"Node":', () => {
        if (fault.kind === 'cut') response.destroy()
      })
    }
  }

  #body(path: string): unknown {
    if (path === '/v1/agent/self') return { Config: { Datacenter: 'dc-fake' } }
    if (path !== '/v1/catalog/services') return []
    return Object.fromEntries(
      Array.from(this.#services, ([name, { instances }]) => [
        name,
        [...new Set(instances.flatMap(({ tags = [] }) => tags))],
      ]),
    )
  }

  #entries(name: string): unknown {
    return (
      this.#services.get(name)?.instances.map(({ id, address = '', port = 0, tags, status }) => ({
        Node: { Node: 'node-1', Address: '10.0.0.1', Meta: null, TaggedAddresses: null },
        Service: {
          ID: id,
          Service: name,
          Address: address,
          Port: port,
          Tags: tags ?? null,
          Meta: null,
        },
        Checks: status === undefined ? [] : [{ CheckID: id, Status: status }],
      })) ?? []
    )
  }
}
