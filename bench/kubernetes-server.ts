/**
 * An API server of Kubernetes that is made up: lists, pages, watches, streaming lists and bookmarks in both
 * encodings, with faults on demand. Tests and benchmarks use it.
 */
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { aroundItems, delimited, encode, envelope, frame } from './kubernetes-wire.js'

/** An object as it is in JSON. */
export interface KubernetesObject {
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly uid?: string
    readonly resourceVersion?: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
    readonly [name: string]: unknown
  }
  readonly [name: string]: unknown
}

interface ResourceType {
  readonly apiVersion: string
  readonly kind: string
}

/** By what stands before the namespace and the name in a path. */
const types: Readonly<Record<string, ResourceType>> = {
  '/api/v1/pods': { apiVersion: 'v1', kind: 'Pod' },
  '/api/v1/nodes': { apiVersion: 'v1', kind: 'Node' },
  '/api/v1/services': { apiVersion: 'v1', kind: 'Service' },
  '/api/v1/endpoints': { apiVersion: 'v1', kind: 'Endpoints' },
  '/api/v1/namespaces': { apiVersion: 'v1', kind: 'Namespace' },
  '/apis/apps/v1/replicasets': { apiVersion: 'apps/v1', kind: 'ReplicaSet' },
  '/apis/batch/v1/jobs': { apiVersion: 'batch/v1', kind: 'Job' },
  '/apis/discovery.k8s.io/v1/endpointslices': {
    apiVersion: 'discovery.k8s.io/v1',
    kind: 'EndpointSlice',
  },
  '/apis/discovery.k8s.io/v1beta1/endpointslices': {
    apiVersion: 'discovery.k8s.io/v1beta1',
    kind: 'EndpointSlice',
  },
  '/apis/networking.k8s.io/v1/ingresses': { apiVersion: 'networking.k8s.io/v1', kind: 'Ingress' },
  '/apis/networking.k8s.io/v1beta1/ingresses': {
    apiVersion: 'networking.k8s.io/v1beta1',
    kind: 'Ingress',
  },
}

/** A request that was made. */
export interface Asked {
  /** `/api/v1/pods`, without the namespace. */
  readonly resource: string
  readonly namespace: string
  readonly parameters: URLSearchParams
  readonly isWatch: boolean
  readonly authorization: string | undefined
}

/** What becomes of a request that a fault is meant for. */
export type Fault =
  /** A status, with the words of a `Status`. */
  | {
      readonly kind: 'status'
      readonly code: number
      readonly reason?: string
      readonly message?: string
      readonly retryAfterSeconds?: number
    }
  /** No answer at all: the connection is cut. */
  | { readonly kind: 'cut' }
  /** Headers, and then silence. */
  | { readonly kind: 'silence' }
  /** The answer up to a share of its bytes, and then its end, or a cut. */
  | { readonly kind: 'truncated'; readonly share: number; readonly cut?: boolean }
  /** Something else. */
  | { readonly kind: 'body'; readonly body: string | Buffer; readonly type?: string }
  /** Objects without end. */
  | { readonly kind: 'endless' }

/** Objects that are too many to keep: each is made when it is asked for. */
export interface Source {
  readonly resource: string
  readonly count: number
  /** The bytes of all items together in protobuf, each with its tag and length. */
  readonly length: number
  /** An object in protobuf, or in JSON. */
  object(index: number, isProtobuf: boolean): Buffer
}

interface OpenWatch {
  readonly asked: Asked
  readonly response: http.ServerResponse
  readonly isProtobuf: boolean
}

interface Event {
  readonly version: number
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED'
  readonly resource: string
  readonly object: KubernetesObject
}

export class FakeApiServer {
  /** Every request, in order. */
  readonly asked: Asked[] = []
  /** The version of the newest write. */
  version = 100
  /** Writes up to this version are forgotten: a watch from before is refused. */
  compacted = 0
  /** Whether a watch may begin with all there is. `ignored`: it does not know the parameter. */
  streamingLists: 'yes' | 'refused' | 'ignored' = 'yes'
  /** What it refuses to write in protobuf. */
  isJsonOnly = false
  /** The resources it does not have. */
  readonly missing = new Set<string>()
  /** The token it accepts; undefined: all. */
  token: string | undefined
  readonly #server: http.Server
  readonly #sockets = new Set<Socket>()
  readonly #objects = new Map<string, Map<string, KubernetesObject>>()
  readonly #sources: Source[] = []
  readonly #events: Event[] = []
  readonly #watches = new Set<OpenWatch>()
  readonly #faults: { matches: (asked: Asked) => boolean; fault: Fault; left: number }[] = []
  #uids = 0

  private constructor() {
    this.#server = http.createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => response.destroy(error as Error))
    })
    this.#server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.on('error', () => undefined)
      socket.once('close', () => this.#sockets.delete(socket))
    })
  }

  static async listen(port = 0): Promise<FakeApiServer> {
    const fake = new FakeApiServer()
    fake.#server.listen(port, '127.0.0.1')
    await once(fake.#server, 'listening')
    return fake
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  get url(): string {
    return `http://127.0.0.1:${String(this.port)}`
  }

  /** The connections that are open now. */
  get connections(): number {
    return this.#sockets.size
  }

  /** The watches that are open now, by what they asked. */
  get watches(): readonly Asked[] {
    return Array.from(this.#watches, ({ asked }) => asked)
  }

  /** Stops, and cuts every connection. */
  async close(): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.cut()
    await closed
  }

  /** Cuts every connection. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Ends every watch in good order. */
  endWatches(): void {
    for (const { response } of this.#watches) response.end()
  }

  /** Creates or changes an object. @returns it as it is now */
  put(resource: string, object: KubernetesObject): KubernetesObject {
    const objects = this.#of(resource)
    const key = keyOf(object)
    const before = objects.get(key)
    this.version += 1
    const uid = object.metadata.uid ?? before?.metadata.uid ?? this.#nextUid()
    const metadata = { ...object.metadata, uid, resourceVersion: String(this.version) }
    const now = { ...object, metadata }
    objects.set(key, now)
    this.#tell({
      version: this.version,
      type: before === undefined ? 'ADDED' : 'MODIFIED',
      resource,
      object: now,
    })
    return now
  }

  remove(resource: string, name: string, namespace = ''): void {
    const objects = this.#of(resource)
    const key = namespace === '' ? name : `${namespace}/${name}`
    const object = objects.get(key)
    if (object === undefined) throw new Error(`no ${key}`)
    objects.delete(key)
    this.version += 1
    const metadata = { ...object.metadata, resourceVersion: String(this.version) }
    this.#tell({
      version: this.version,
      type: 'DELETED',
      resource,
      object: { ...object, metadata },
    })
  }

  /** Writes without a word to those who watch, as what happens while no one is connected. */
  quietly(work: () => void): void {
    const watches = [...this.#watches]
    this.#watches.clear()
    work()
    for (const watch of watches) this.#watches.add(watch)
  }

  /** Forgets what was written so far: a client that has not seen it has to list again. */
  compact(): void {
    this.compacted = this.version
    this.#events.length = 0
  }

  /** Comes back with the state it had at the beginning. */
  restore(version: number, objects: Readonly<Record<string, readonly KubernetesObject[]>>): void {
    this.#objects.clear()
    this.#events.length = 0
    this.version = version
    for (const [resource, all] of Object.entries(objects)) {
      for (const object of all) this.#of(resource).set(keyOf(object), object)
    }
  }

  /** Adds objects that are made when they are asked for. Lists of them come in one piece. */
  add(source: Source): void {
    this.#sources.push(source)
  }

  /** Tells of a change of one of these objects. */
  change(source: Source, index: number): void {
    for (const { asked, response, isProtobuf } of this.#watches) {
      if (asked.resource !== source.resource) continue
      response.write(sourceEvent('MODIFIED', source, index, isProtobuf))
    }
  }

  /** Says to all watches how far they are. */
  bookmark(): void {
    for (const watch of this.#watches) this.#writeBookmark(watch, {})
  }

  /** Writes to all watches of a resource. */
  write(resource: string, bytes: Buffer | string): void {
    for (const { asked, response } of this.#watches) {
      if (asked.resource === resource) response.write(bytes)
    }
  }

  /** Ends all watches of a resource as one with an old version is ended in its course. */
  expire(resource: string): void {
    const status = {
      code: 410,
      reason: 'Expired',
      message: 'too old resource version: 1 (2)',
    }
    for (const watch of this.#watches) {
      if (watch.asked.resource !== resource) continue
      watch.response.end(this.#event(watch, 'ERROR', 'Status', 'v1', status))
    }
  }

  /** The next requests like this go wrong. @param times how many */
  fail(matches: (asked: Asked) => boolean, fault: Fault, times = 1): void {
    this.#faults.push({ matches, fault, left: times })
  }

  #of(resource: string): Map<string, KubernetesObject> {
    if (types[resource] === undefined) throw new Error(`no ${resource}`)
    let objects = this.#objects.get(resource)
    if (objects === undefined) this.#objects.set(resource, (objects = new Map()))
    return objects
  }

  #nextUid(): string {
    this.#uids += 1
    return `00000000-0000-4000-8000-${String(this.#uids).padStart(12, '0')}`
  }

  #tell(event: Event): void {
    this.#events.push(event)
    for (const watch of this.#watches) {
      if (isFor(watch.asked, event.resource, event.object)) this.#write(watch, event)
    }
  }

  #write(watch: OpenWatch, { type, resource, object }: Omit<Event, 'version'>): void {
    const { kind = '', apiVersion = '' } = types[resource] ?? {}
    watch.response.write(this.#event(watch, type, kind, apiVersion, object))
  }

  #event(
    { isProtobuf }: Pick<OpenWatch, 'isProtobuf'>,
    type: string,
    kind: string,
    apiVersion: string,
    object: object,
  ): Buffer {
    if (!isProtobuf) {
      return Buffer.from(`${JSON.stringify({ type, object: { kind, apiVersion, ...object } })}\n`)
    }
    return frame(type, envelope(apiVersion, kind, encode(kind, object)))
  }

  #writeBookmark(watch: OpenWatch, annotations: Readonly<Record<string, string>>): void {
    const { kind = '', apiVersion = '' } = types[watch.asked.resource] ?? {}
    const metadata = { resourceVersion: String(this.version), annotations }
    watch.response.write(this.#event(watch, 'BOOKMARK', kind, apiVersion, { metadata }))
  }

  async #answer(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const asked = read(request)
    this.asked.push(asked)
    const isProtobuf = !this.isJsonOnly && /protobuf/.test(request.headers.accept ?? '')
    const fault = this.#nextFault(asked)
    if (fault !== undefined) return this.#goWrong(fault, asked, response, isProtobuf)
    if (this.token !== undefined && asked.authorization !== `Bearer ${this.token}`) {
      return refuse(response, isProtobuf, { code: 401, reason: 'Unauthorized' })
    }
    if (types[asked.resource] === undefined || this.missing.has(asked.resource)) {
      response.writeHead(404, { 'content-type': 'text/plain' }).end('404 page not found\n')
      return
    }
    if (asked.isWatch) await this.#watch(asked, response, isProtobuf)
    else await this.#list(asked, response, isProtobuf)
  }

  #nextFault(asked: Asked): Fault | undefined {
    const found = this.#faults.find(({ left, matches }) => left > 0 && matches(asked))
    if (found === undefined) return undefined
    found.left -= 1
    return found.fault
  }

  async #goWrong(
    fault: Fault,
    asked: Asked,
    response: http.ServerResponse,
    isProtobuf: boolean,
  ): Promise<void> {
    const type = isProtobuf ? 'application/vnd.kubernetes.protobuf' : 'application/json'
    switch (fault.kind) {
      case 'status':
        return refuse(response, isProtobuf, fault)
      case 'cut':
        response.destroy()
        return
      case 'silence':
        response.writeHead(200, { 'content-type': type }).flushHeaders()
        return
      case 'body':
        response.writeHead(200, { 'content-type': fault.type ?? type }).end(fault.body)
        return
      case 'truncated': {
        const body = this.#listBody(asked, isProtobuf)
        const part = body.subarray(0, Math.floor(body.length * fault.share))
        response.writeHead(200, { 'content-type': type })
        if (fault.cut === true) response.write(part, () => response.destroy())
        else response.end(part)
        return
      }
      case 'endless': {
        const [begin] = aroundItems('v1', 'PodList', { resourceVersion: '1' }, 2 ** 40)
        response.writeHead(200, { 'content-type': type }).write(begin)
        for (let i = 0; !response.destroyed; i += 100) {
          const pieces = Array.from({ length: 100 }, (_, k) => {
            const metadata = {
              name: `pod-${String(i + k)}`,
              namespace: 'endless',
              uid: String(i + k),
            }
            return delimited(2, encode('Pod', { metadata }))
          })
          if (!response.write(Buffer.concat(pieces))) await drained(response)
        }
      }
    }
  }

  async #watch(asked: Asked, response: http.ServerResponse, isProtobuf: boolean): Promise<void> {
    const { parameters } = asked
    const wantsAll = parameters.get('sendInitialEvents') === 'true'
    const version = parameters.get('resourceVersion') ?? ''
    if (wantsAll && this.streamingLists === 'refused') {
      return refuse(response, isProtobuf, {
        code: 422,
        reason: 'Invalid',
        message: 'sendInitialEvents: Forbidden: not supported by this server',
      })
    }
    const watch: OpenWatch = { asked, response, isProtobuf }
    const type = isProtobuf
      ? 'application/vnd.kubernetes.protobuf;stream=watch'
      : 'application/json'
    response.writeHead(200, { 'content-type': type })
    response.flushHeaders()
    if (version === '' || version === '0' || wantsAll) {
      for (const object of this.#listed(asked)) {
        this.#write(watch, { type: 'ADDED', resource: asked.resource, object })
      }
      await this.#writeAll(asked, response, (source, index) =>
        sourceEvent('ADDED', source, index, isProtobuf),
      )
      if (wantsAll && this.streamingLists === 'yes') {
        this.#writeBookmark(watch, { 'k8s.io/initial-events-end': 'true' })
      }
    } else if (Number(version) < this.compacted) {
      const status = { code: 410, reason: 'Expired', message: 'too old resource version' }
      response.end(this.#event(watch, 'ERROR', 'Status', 'v1', status))
      return
    } else {
      for (const event of this.#events) {
        const isNew = event.version > Number(version)
        if (isNew && isFor(asked, event.resource, event.object)) this.#write(watch, event)
      }
    }
    this.#watches.add(watch)
    response.once('close', () => this.#watches.delete(watch))
  }

  async #list(asked: Asked, response: http.ServerResponse, isProtobuf: boolean): Promise<void> {
    const source = this.#sources.find(({ resource }) => resource === asked.resource)
    const type = isProtobuf ? 'application/vnd.kubernetes.protobuf' : 'application/json'
    response.setHeader('content-type', type)
    if (source === undefined) {
      const { parameters } = asked
      const from = parameters.get('resourceVersion') ?? ''
      if (
        parameters.get('resourceVersionMatch') === 'NotOlderThan' &&
        Number(from) > this.version
      ) {
        const message = `Too large resource version: ${from}, current: ${String(this.version)}`
        return refuse(response, isProtobuf, { code: 504, reason: 'Timeout', message })
      }
      response.end(this.#listBody(asked, isProtobuf))
      return
    }
    const { apiVersion = '', kind = '' } = types[asked.resource] ?? {}
    const count = asked.parameters.get('limit') === '1' ? 0 : source.count
    const metadata = { resourceVersion: String(this.version) }
    const [begin, end] = isProtobuf
      ? aroundItems(apiVersion, `${kind}List`, metadata, count === 0 ? 0 : source.length)
      : [
          `${JSON.stringify({ kind: `${kind}List`, apiVersion, metadata }).slice(0, -1)},"items":[`,
          ']}',
        ]
    response.write(begin)
    const separator = Buffer.from(',')
    const wrap = (_: Source, index: number): Buffer => {
      const object = source.object(index, isProtobuf)
      if (isProtobuf) return delimited(2, object)
      return index === 0 ? object : Buffer.concat([separator, object])
    }
    if (count > 0) await this.#writeAll(asked, response, wrap)
    response.end(end)
  }

  /** Writes all objects of a source, as fast as they are read. */
  async #writeAll(
    { resource }: Asked,
    response: http.ServerResponse,
    wrap: (source: Source, index: number) => Buffer,
  ): Promise<void> {
    const source = this.#sources.find((one) => one.resource === resource)
    if (source === undefined) return
    for (let index = 0; index < source.count && !response.destroyed; ) {
      const pieces: Buffer[] = []
      for (let bytes = 0; index < source.count && bytes < 64 << 10; index += 1) {
        const piece = wrap(source, index)
        pieces.push(piece)
        bytes += piece.length
      }
      if (!response.write(Buffer.concat(pieces))) await drained(response)
    }
  }

  #listed({ resource, namespace }: Asked): readonly KubernetesObject[] {
    const all = [...this.#of(resource).values()]
    return namespace === '' ? all : all.filter(({ metadata }) => metadata.namespace === namespace)
  }

  #listBody(asked: Asked, isProtobuf: boolean): Buffer {
    const { apiVersion = '', kind = '' } = types[asked.resource] ?? {}
    const { parameters } = asked
    const all = this.#listed(asked)
    const isPaged = parameters.get('resourceVersion') !== '0' && parameters.has('limit')
    const from = Number(parameters.get('continue') ?? '0')
    const limit = isPaged ? Number(parameters.get('limit')) : all.length
    const items = all.slice(from, from + limit)
    const isLast = from + limit >= all.length
    const metadata = {
      resourceVersion: String(this.version),
      continue: isLast ? '' : String(from + limit),
    }
    if (!isProtobuf) {
      return Buffer.from(JSON.stringify({ kind: `${kind}List`, apiVersion, metadata, items }))
    }
    const encoded = Buffer.concat(items.map((item) => delimited(2, encode(kind, item))))
    const [begin, end] = aroundItems(apiVersion, `${kind}List`, metadata, encoded.length)
    return Buffer.concat([begin, encoded, end])
  }
}

/** A line, or a frame, of a watch. */
function sourceEvent(type: string, source: Source, index: number, isProtobuf: boolean): Buffer {
  const { apiVersion = '', kind = '' } = types[source.resource] ?? {}
  const object = source.object(index, isProtobuf)
  if (isProtobuf) return frame(type, envelope(apiVersion, kind, object))
  const head = `{"type":"${type}","object":{"kind":"${kind}","apiVersion":"${apiVersion}",`
  return Buffer.concat([Buffer.from(head), object.subarray(1), Buffer.from('}\n')])
}

/** Waits until more may be written, or the connection is gone. */
function drained(response: http.ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      response.off('drain', go).off('close', go)
      resolve()
    }
    response.on('drain', go).on('close', go)
  })
}

function keyOf({ metadata: { namespace = '', name } }: KubernetesObject): string {
  return namespace === '' ? name : `${namespace}/${name}`
}

function isFor(asked: Asked, resource: string, { metadata }: KubernetesObject): boolean {
  if (asked.resource !== resource) return false
  return asked.namespace === '' || asked.namespace === metadata.namespace
}

function read({ url = '', headers }: http.IncomingMessage): Asked {
  const { pathname, searchParams } = new URL(url, 'http://fake')
  const [, base = '', namespace = '', plural = ''] =
    /^(\/api\/v1|\/apis\/[^/]+\/[^/]+)(?:\/namespaces\/([^/]+))?\/([^/]+)$/.exec(pathname) ?? []
  return {
    resource: `${base}/${plural}`,
    namespace,
    parameters: searchParams,
    isWatch: ['1', 'true'].includes(searchParams.get('watch') ?? ''),
    authorization: headers.authorization,
  }
}

function refuse(
  response: http.ServerResponse,
  isProtobuf: boolean,
  fault: Partial<Extract<Fault, { kind: 'status' }>> & { readonly code: number },
): void {
  const { code, reason = '', message = reason, retryAfterSeconds } = fault
  const details = retryAfterSeconds === undefined ? {} : { details: { retryAfterSeconds } }
  const status = { status: 'Failure', code, reason, message, ...details }
  const type = isProtobuf ? 'application/vnd.kubernetes.protobuf' : 'application/json'
  if (retryAfterSeconds !== undefined) response.setHeader('retry-after', String(retryAfterSeconds))
  response.writeHead(code, { 'content-type': type })
  response.end(
    isProtobuf
      ? envelope('v1', 'Status', encode('Status', status))
      : JSON.stringify({ kind: 'Status', apiVersion: 'v1', ...status }),
  )
}
