import { Buffer } from 'node:buffer'
import { type HttpClient, HttpError, type HttpResponse, type HttpStream } from '../../http/index.js'
import type { Turns } from '../../waiting/turns.js'
import { type Api, createApi, readJson, readJsonItems, withQuery } from '../kit/api.js'
import * as json from '../kit/shape.js'
import type { NomadConfig } from './index.js'

/** Milliseconds that a read may take. */
const readTimeoutMs = 30_000
/** How long Nomad may hold a query. Its agent adds up to a sixteenth. */
const waitMinutes = 5
const waitTimeoutMs = ((waitMinutes * 60 * 17) / 16) * 1000 + readTimeoutMs
/** As long as a timer can be: an event stream has no end of its own. */
const endlessMs = 2 ** 31 - 1

/** One instance of a service. */
export interface Registration {
  readonly ID: string
  readonly ServiceName: string
  readonly Namespace: string
  readonly NodeID: string
  readonly Datacenter: string
  readonly Address: string
  readonly Port: number
  readonly Tags: readonly string[]
  readonly ModifyIndex: number
}

const registration: json.Shape<Registration> = json.object({
  ID: json.text,
  ServiceName: json.text,
  Namespace: json.text,
  NodeID: json.text,
  Datacenter: json.text,
  Address: json.text,
  Port: json.int,
  Tags: json.list(json.text),
  ModifyIndex: json.int,
})

const namespaces = json.list(
  json.object({
    Namespace: json.text,
    Services: json.list(json.object({ ServiceName: json.text })),
  }),
)

/** Something that happened. */
export interface NomadEvent {
  readonly Topic: string
  readonly Type: string
  readonly Index: number
  readonly Payload: { readonly Service: Registration | undefined }
}

/** Some of what happened at one index; without events it only says that the stream is alive. */
export interface EventBatch {
  readonly Index: number
  readonly Events: readonly NomadEvent[]
}

/** A line of the event stream. */
export const eventBatch: json.Shape<EventBatch> = json.object({
  Index: json.int,
  Events: json.list(
    json.object({
      Topic: json.text,
      Type: json.text,
      Index: json.int,
      Payload: json.object({ Service: json.optional(registration) }),
    }),
  ),
})

/** A service, and where it is. */
export interface ServiceName {
  readonly namespace: string
  readonly name: string
}

/** What a read gave, and the index up to which it says everything; 0 where Nomad gave none. */
export interface Indexed<T> {
  readonly index: number
  readonly value: T
}

export interface NomadApiOptions {
  readonly client: HttpClient
  readonly config: NomadConfig
  readonly turns: Turns
  readonly onRequest: () => void
}

/**
 * The parts of Nomad's HTTP API that say which services there are:
 * https://developer.hashicorp.com/nomad/api-docs/services and .../events
 */
export class NomadApi {
  readonly #options: NomadApiOptions
  readonly #baseUrl: string

  constructor(options: NomadApiOptions) {
    this.#options = options
    // Like Nomad's own library it takes nothing but the host of the address.
    const url = new URL(options.config.server)
    url.pathname = '/'
    url.search = ''
    url.hash = ''
    this.#baseUrl = url.href
  }

  /**
   * The names of all services.
   * @param after waits until there is another index than this, or five minutes; 0 to ask without waiting
   */
  async services(after: number, signal: AbortSignal): Promise<Indexed<readonly ServiceName[]>> {
    const wait = after > 0 ? { index: after, wait: `${String(waitMinutes)}m` } : {}
    const api = this.#api(signal, after > 0 ? waitTimeoutMs : readTimeoutMs)
    // After a restart an index from before would make it wait in vain, so it is not sent twice.
    const response = await api.ask(
      this.#path('/v1/services', wait),
      after > 0 ? { once: true } : {},
    )
    const value = readJson(namespaces, response, api.maxWeight).flatMap(
      ({ Namespace: namespace, Services }) =>
        Services.map(({ ServiceName: name }) => ({ namespace, name })),
    )
    return { index: indexOf(response), value }
  }

  /** The instances of one service. */
  async service(
    { namespace, name }: ServiceName,
    signal: AbortSignal,
  ): Promise<Indexed<readonly Registration[]>> {
    const { config } = this.#options
    // With the namespace `*` Nomad lists all services, but finds none by its name.
    const where = config.namespace === '*' ? { namespace } : {}
    const path = this.#path(`/v1/service/${encodeURIComponent(name)}`, where)
    const api = this.#api(signal, readTimeoutMs)
    const response = await api.ask(path)
    return { index: indexOf(response), value: await readJsonItems(registration, response, api) }
  }

  /**
   * Streams what happens to services, no faster than it is taken. Settles when the stream ends.
   * @param after what happened before this index is known
   */
  async events(
    after: number,
    onData: (piece: Buffer) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const { client, onRequest } = this.#options
    onRequest()
    const path = this.#path('/v1/event/stream', { topic: 'Service', index: after })
    const stream = await client.stream({
      url: new URL(path, this.#baseUrl).href,
      // Nomad sends the headers with the first line.
      timeoutMs: endlessMs,
      once: true,
      signal,
    })
    if (stream.status !== 200) throw await refused(stream)
    for await (const piece of stream.body) await onData(piece)
  }

  #api(signal: AbortSignal, timeoutMs: number): Api {
    const { client, turns, onRequest } = this.#options
    return createApi({
      client,
      turns,
      onRequest,
      signal,
      timeoutMs,
      baseUrl: this.#baseUrl,
      refusal,
    })
  }

  #path(path: string, query: Readonly<Record<string, string | number>>): string {
    const { allow_stale: isStale, namespace, region } = this.#options.config
    const whole = withQuery(path, { namespace, region, ...query })
    if (!isStale) return whole
    return `${whole}${whole.includes('?') ? '&' : '?'}stale=`
  }
}

type Refused = Pick<HttpResponse, 'status' | 'body' | 'withoutSecrets'>

function indexOf(response: Pick<HttpResponse, 'header'>): number {
  const index = Number(response.header('x-nomad-index'))
  // One that cannot be is as good as none: no query would ever come back from it.
  return Number.isSafeInteger(index) && index > 0 ? index : 0
}

/** What is read of an answer that is of no use, and how much of that is shown. */
const mostSaid = 64 << 10
const mostShown = 200

function refusal({ status, body, withoutSecrets }: Refused): string {
  const said = withoutSecrets(body.toString('utf8', 0, mostSaid)).slice(0, mostShown)
  return `Unexpected response code: ${String(status)} (${said.trim()})`
}

/** The error for a stream that Nomad does not give, with its reason. */
async function refused({ status, body, withoutSecrets }: HttpStream): Promise<HttpError> {
  const text = refusal({ status, body: await firstOf(body), withoutSecrets })
  return new HttpError('status', text, { status })
}

async function firstOf(body: AsyncIterable<Buffer>): Promise<Buffer> {
  for await (const piece of body) return piece
  return Buffer.alloc(0)
}
