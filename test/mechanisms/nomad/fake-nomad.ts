import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo, Socket } from 'node:net'

/** One registration, as much of it as a test cares for. */
export interface Instance {
  readonly id: string
  readonly address: string
  readonly port: number
  readonly tags?: readonly string[] | null
}

/** How a request goes wrong. */
export type Fault =
  /** The connection is closed without an answer. */
  | { readonly kind: 'reset' }
  | {
      readonly kind: 'status'
      readonly status: number
      readonly body?: string
      readonly headers?: http.OutgoingHttpHeaders
    }
  /** No answer at all. */
  | { readonly kind: 'silence' }
  /** Half of an answer, and then the end. */
  | { readonly kind: 'cut' }
  /** The start of an answer that never goes on. */
  | { readonly kind: 'drip' }
  /** A good status with this in the body. */
  | { readonly kind: 'body'; readonly body: string }
  /** What it knew at this index. */
  | { readonly kind: 'old'; readonly index: number; readonly body: string }

interface Service {
  readonly namespace: string
  readonly name: string
  readonly instances: readonly Registration[]
}

/** A registration as the API has it: https://developer.hashicorp.com/nomad/api-docs/services */
interface Registration extends Readonly<Record<string, unknown>> {
  readonly ID: string
}

/** Some of what happened: https://developer.hashicorp.com/nomad/api-docs/events */
interface Batch {
  readonly Index: number
  readonly Events: readonly Readonly<Record<string, unknown>>[]
}

/**
 * A Nomad agent as far as discovery sees one: the list of services with blocking queries, services by
 * name, and the event stream with its buffer. There is one index for all services, as in Nomad.
 */
export class FakeNomad {
  /** Path and query of each request, in order. */
  readonly requests: string[] = []
  readonly headers: http.IncomingHttpHeaders[] = []
  /** Decides what goes wrong, by path and query. */
  fault: (url: string) => Fault | undefined = () => undefined
  /** Whether it answers at once, whatever index it is asked after. */
  ignoresIndex = false
  /** Whether it says up to which index an answer is. */
  hasIndex = true
  /** Whether events are told. */
  tells = true
  readonly #server = http.createServer((request, response) => this.#handle(request, response))
  readonly #sockets = new Set<Socket>()
  readonly #services = new Map<string, Service>()
  readonly #waiting = new Map<http.ServerResponse, () => void>()
  readonly #streams = new Set<http.ServerResponse>()
  #buffer: Batch[] = []
  #index = 10

  private constructor() {
    this.#server.on('connection', (socket) => {
      socket.on('error', () => undefined)
      this.#sockets.add(socket)
      socket.on('close', () => this.#sockets.delete(socket))
    })
  }

  static async listen(port = 0): Promise<FakeNomad> {
    const fake = new FakeNomad()
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

  /** Queries that wait for a change now. */
  get waiting(): number {
    return this.#waiting.size
  }

  /** Event streams that are open now. */
  get streams(): number {
    return this.#streams.size
  }

  /** Sets the registrations of a service; none remove it. */
  set(name: string, instances: readonly Instance[], namespace = 'default'): void {
    this.#index += 1
    const key = `${namespace}/${name}`
    const before = this.#services.get(key)?.instances ?? []
    const now = instances.map((one) => this.#registration(name, namespace, one))
    if (now.length === 0) this.#services.delete(key)
    else this.#services.set(key, { namespace, name, instances: now })
    const isThere = new Set(now.map(({ ID }) => ID))
    this.#tell([
      ...before
        .filter(({ ID }) => !isThere.has(ID))
        .map((one) => this.#event('ServiceDeregistration', namespace, name, one)),
      ...now.map((one) => this.#event('ServiceRegistration', namespace, name, one)),
    ])
    this.#wake()
  }

  /** Ends the allocation of a registration: the event that tells of it is that of the allocation. */
  endAllocation(name: string, id: string): void {
    this.#index += 1
    const key = `default/${name}`
    const service = this.#services.get(key)
    const gone = service?.instances.find(({ ID }) => ID === id)
    if (service === undefined || gone === undefined) return
    const instances = service.instances.filter((one) => one !== gone)
    this.#services.set(key, { ...service, instances })
    this.#tell([this.#event('AllocationUpdated', 'default', name, gone)])
    this.#wake()
  }

  /** Another server stands in its place, with an index that starts again. */
  rewind(): void {
    this.#index = 1
    this.#buffer = []
    this.endStreams()
    this.#wake()
  }

  /** Says on each stream that it is alive. */
  heartbeat(): void {
    for (const stream of this.#streams) stream.write('{}\n')
  }

  endStreams(): void {
    for (const stream of this.#streams) stream.end()
    this.#streams.clear()
  }

  /** Answers all queries that wait, as when their time is up. */
  endWaits(): void {
    this.#wake()
  }

  /** Ends it as a kill does: nothing is answered any more. Safe to call twice. */
  async close(): Promise<void> {
    if (!this.#server.listening) return
    const closed = once(this.#server, 'close')
    this.#server.close()
    for (const socket of this.#sockets) socket.destroy()
    await closed
  }

  #registration(ServiceName: string, Namespace: string, instance: Instance): Registration {
    const { id, address, port, tags = [] } = instance
    return {
      ID: id,
      ServiceName,
      Namespace,
      NodeID: '7406e90b-de16-d118-80fe-60d0f2730cb3',
      Datacenter: 'dc1',
      JobID: `job-${ServiceName}`,
      AllocID: 'd34d5236-2f42-2d02-3ed1-5c6d3b5b4e1c',
      Tags: tags,
      Address: address,
      Port: port,
      CreateIndex: 5,
      ModifyIndex: this.#index,
    }
  }

  #event(
    Type: string,
    Namespace: string,
    name: string,
    registration: Registration,
  ): Readonly<Record<string, unknown>> {
    return {
      Topic: 'Service',
      Type,
      Key: registration.ID,
      Namespace,
      FilterKeys: [`job-${name}`, name],
      Index: this.#index,
      Payload: { Service: registration },
    }
  }

  #tell(Events: Batch['Events']): void {
    if (!this.tells) return
    const batch = { Index: this.#index, Events }
    // Nomad keeps the newest hundred.
    this.#buffer = [...this.#buffer, batch].slice(-100)
    for (const stream of this.#streams) stream.write(`${JSON.stringify(batch)}\n`)
  }

  #wake(): void {
    for (const answer of this.#waiting.values()) answer()
    this.#waiting.clear()
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
    const namespace = searchParams.get('namespace') ?? 'default'
    const after = Number(searchParams.get('index') ?? 0)
    response.setHeader('content-type', 'application/json')
    const [, name] = /^\/v1\/service\/([^/]+)$/.exec(pathname) ?? []
    if (pathname === '/v1/event/stream') this.#stream(after, response)
    else if (name !== undefined) {
      const key = `${namespace}/${decodeURIComponent(name)}`
      this.#answer(this.#services.get(key)?.instances ?? [], response)
    } else if (pathname === '/v1/services') {
      const answer = (): void => this.#answer(this.#list(namespace), response)
      if (after < this.#index || this.ignoresIndex) answer()
      else {
        this.#waiting.set(response, answer)
        response.on('close', () => this.#waiting.delete(response))
      }
    } else response.writeHead(404).end('Invalid URL path: not a recognized endpoint')
  }

  #answer(body: unknown, response: http.ServerResponse): void {
    if (this.hasIndex) response.setHeader('x-nomad-index', this.#index)
    response.setHeader('x-nomad-knownleader', 'true')
    response.setHeader('x-nomad-lastcontact', '0')
    response.end(JSON.stringify(body))
  }

  #list(namespace: string): unknown {
    const all = [...this.#services.values()]
    const names = new Set(namespace === '*' ? all.map((one) => one.namespace) : [namespace])
    return Array.from(names, (Namespace) => ({
      Namespace,
      Services: all
        .filter((one) => one.namespace === Namespace)
        .map((one) => ({
          ServiceName: one.name,
          Tags: [...new Set(one.instances.flatMap(({ Tags }) => Tags ?? []))],
        })),
    })).filter(({ Services }) => Services.length > 0)
  }

  /** Nomad sends its headers with the first line. */
  #stream(after: number, response: http.ServerResponse): void {
    for (const batch of this.#buffer) {
      if (batch.Index >= after) response.write(`${JSON.stringify(batch)}\n`)
    }
    this.#streams.add(response)
    response.on('close', () => this.#streams.delete(response))
  }

  #fail(fault: Fault, response: http.ServerResponse): void {
    if (fault.kind === 'reset') response.destroy()
    else if (fault.kind === 'silence') return
    else if (fault.kind === 'status') {
      response.writeHead(fault.status, fault.headers).end(fault.body ?? '')
    } else if (fault.kind === 'body' || fault.kind === 'old') {
      const index = fault.kind === 'old' ? fault.index : 999
      response.writeHead(200, { 'x-nomad-index': String(index) }).end(fault.body)
    } else {
      response.writeHead(200, { 'content-length': '1000', 'x-nomad-index': '999' })
      response.write('[{"Namespace":', () => {
        if (fault.kind === 'cut') response.destroy()
      })
    }
  }
}
