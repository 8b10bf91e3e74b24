import { type HttpClient, type HttpResponse, statusError } from '../http/index.js'
import type { ConsulEndpoint } from '../mechanisms/consul/endpoint.js'
import { abortReason } from '../waiting/abort-reason.js'
import type { ElectionStore, KeyRead, KeyState } from './election-store.js'

/** Consul did not do what an election asked it for. */
export class ConsulStoreError extends Error {
  override readonly name = 'ConsulStoreError'
  readonly code = 'ERR_ELECTION_CONSUL'
}

export interface ConsulStoreOptions {
  readonly endpoint: ConsulEndpoint
  readonly http: HttpClient
  /** Names the sessions, for people. */
  readonly replica: string
  /** How long a session lives that is not renewed; whole seconds, in milliseconds. */
  readonly ttlMs: number
  /** For how long a key is given to none after its session has ended without letting go of it; milliseconds. */
  readonly lockDelayMs: number
}

/** For requests that wait for nothing: far below the life of a session. */
const timeoutMs = 4000
/** Consul adds up to a sixteenth to the wait. */
const marginMs = 5000
const maxBytes = 4 << 20

/** Sessions and keys of a Consul, by its HTTP API. */
export class ConsulStore implements ElectionStore {
  readonly #options: ConsulStoreOptions

  constructor(options: ConsulStoreOptions) {
    this.#options = options
  }

  async read(key: string, { index, waitMs }: KeyRead, signal: AbortSignal): Promise<KeyState> {
    const query =
      index === 0 ? { consistent: '' } : { index: String(index), wait: `${String(waitMs)}ms` }
    const limit = index === 0 ? timeoutMs : waitMs + waitMs / 16 + marginMs
    const answer = await this.#ask('GET', `/kv/${keyPath(key)}`, query, { signal, limit })
    const at = Number(answer.header('x-consul-index') ?? 0) || 0
    if (answer.status === 404) return { index: at, value: undefined, session: '' }
    const [entry] = this.#good(answer, key) as readonly Partial<Record<string, unknown>>[]
    const { Value: value, Session: session } = entry ?? {}
    return {
      index: at,
      value: Buffer.from(typeof value === 'string' ? value : '', 'base64'),
      session: typeof session === 'string' ? session : '',
    }
  }

  async createSession(signal: AbortSignal): Promise<string> {
    const { replica, ttlMs, lockDelayMs } = this.#options
    const body = {
      Name: `muster ${replica}`,
      TTL: `${String(Math.ceil(ttlMs / 1000))}s`,
      LockDelay: `${String(lockDelayMs)}ms`,
      Behavior: 'release',
    }
    const answer = await this.#ask(
      'PUT',
      '/session/create',
      {},
      {
        signal,
        body: Buffer.from(JSON.stringify(body)),
      },
    )
    const { ID: id } = this.#good(answer, 'session') as { readonly ID?: unknown }
    if (typeof id !== 'string' || id === '') throw new ConsulStoreError('Consul made no session')
    return id
  }

  async renewSession(session: string, signal: AbortSignal): Promise<boolean> {
    const answer = await this.#ask('PUT', `/session/renew/${session}`, {}, { signal })
    if (answer.status === 404) return false
    this.#good(answer, 'session')
    return true
  }

  async endSession(session: string, signal: AbortSignal): Promise<void> {
    this.#good(await this.#ask('PUT', `/session/destroy/${session}`, {}, { signal }), 'session')
  }

  async acquire(
    key: string,
    value: Buffer,
    session: string,
    signal: AbortSignal,
  ): Promise<boolean> {
    const query = { acquire: session }
    const answer = await this.#ask('PUT', `/kv/${keyPath(key)}`, query, { signal, body: value })
    // A session that is over is an error of the server.
    if (
      answer.status === 500 &&
      answer.body.toString('utf8', 0, 1000).includes('invalid session')
    ) {
      return false
    }
    return this.#good(answer, key) === true
  }

  async #ask(
    method: 'GET' | 'PUT',
    path: string,
    query: Readonly<Record<string, string>>,
    { signal, body, limit = timeoutMs }: { signal: AbortSignal; body?: Buffer; limit?: number },
  ): Promise<HttpResponse> {
    const { endpoint, http } = this.#options
    const { origin, pathPrefix, token, datacenter: dc, namespace: ns, partition } = endpoint
    const scope = Object.entries({ dc, ns, partition }).filter(([, value]) => value !== '')
    const search = new URLSearchParams([...scope, ...Object.entries(query)]).toString()
    const url = `${origin}${pathPrefix}/v1${path}${search === '' ? '' : `?${search}`}`
    try {
      return await http.request({
        url,
        method,
        ...(body && { body }),
        headers: token.isEmpty ? {} : { 'x-consul-token': token.reveal() },
        timeoutMs: limit,
        maxBytes,
        signal,
        once: true,
      })
    } catch (error) {
      throw signal.aborted ? abortReason(signal) : error
    }
  }

  /** The JSON of an answer. @throws for one that is of no use */
  #good(answer: HttpResponse, what: string): unknown {
    if (answer.status !== 200) {
      const said = answer
        .withoutSecrets(answer.body.toString('utf8', 0, 1000))
        .trim()
        .slice(0, 200)
      const reason = said === '' ? '' : `: ${said}`
      throw statusError(answer, `Consul refused ${what}${reason}:`)
    }
    try {
      return JSON.parse(answer.body.toString('utf8')) as unknown
    } catch (cause) {
      throw new ConsulStoreError(`Consul answered no JSON about ${what}`, { cause })
    }
  }
}

function keyPath(key: string): string {
  return key.split('/').map(encodeURIComponent).join('/')
}
