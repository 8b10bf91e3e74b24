import { Buffer } from 'node:buffer'
import { type Observable, Subject } from 'rxjs'
import { type HttpClient, type HttpStream, statusError } from '../../../http/index.js'
import { isEnvelope, magic, openEnvelope } from '../decode/envelope.js'
import { parsed } from '../decode/list-reader.js'
import { readStatus, type Status, statusFrom } from '../decode/status.js'
import { Strings } from '../decode/strings.js'
import { Wire } from '../decode/wire.js'
import { KubernetesError, refusal } from './errors.js'

/**
 * Protobuf takes a third of the bytes and a fifth of the processor time. A server that does not have a kind in
 * protobuf, one of a custom resource, answers in JSON.
 */
const accept = 'application/vnd.kubernetes.protobuf,application/json;q=0.9'
/** Until the headers of an answer are there: a server that has just started fills its cache first. */
const headersMs = 60_000
/** Of an answer that is no list: what a server says of an error is short. */
const mostBytesOfError = 64 << 10

/** Gives the `Authorization` of a request, where the client of the server does not know it itself. */
export type Authorization = (
  /** The server refused the last one: it has to be made again, not taken from memory. */
  wasRefused: boolean,
  signal: AbortSignal,
) => Promise<string | undefined>

export interface ApiOptions {
  readonly client: HttpClient
  /** `https://10.0.0.1:6443`, with a path where the server has one. */
  readonly server: string
  readonly authorization?: Authorization | undefined
}

/** An answer that comes. */
export interface Answer {
  readonly isProtobuf: boolean
  readonly body: AsyncIterable<Buffer>
  /** A text of it, as it may be shown: see `HttpResponse`. */
  withoutSecrets(text: string): string
  /** Ends the connection without reading the body. */
  cancel(): void
}

/** The requests to one API server as one user. */
export class KubernetesApi {
  readonly #options: ApiOptions
  readonly #server: string
  readonly #requests = new Subject<void>()

  constructor(options: ApiOptions) {
    this.#options = options
    this.#server = options.server.replace(/\/+$/, '')
  }

  /** Emits for each request that is sent. */
  get requests(): Observable<void> {
    return this.#requests.asObservable()
  }

  /**
   * Asks, and gives the answer when its headers are there. Its body has to be read or cancelled.
   * @param what names what is asked for in errors: `pods`
   * @throws {KubernetesError} where the server refuses; {@link HttpError} where there is no answer
   */
  async get(what: string, path: string, signal: AbortSignal): Promise<Answer> {
    let stream = await this.#send(path, false, signal)
    if (stream.status === 401 && this.#options.authorization !== undefined) {
      stream.cancel()
      stream = await this.#send(path, true, signal)
    }
    if (stream.status !== 200) throw await refused(what, stream)
    return {
      isProtobuf: isProtobuf(stream),
      body: stream.body,
      withoutSecrets: stream.withoutSecrets,
      cancel: () => stream.cancel(),
    }
  }

  async #send(path: string, wasRefused: boolean, signal: AbortSignal): Promise<HttpStream> {
    const { client, authorization } = this.#options
    const value = await authorization?.(wasRefused, signal)
    this.#requests.next()
    return client.stream({
      url: this.#server + path,
      timeoutMs: headersMs,
      signal,
      headers: { accept, ...(value === undefined ? {} : { authorization: value }) },
    })
  }
}

function isProtobuf(stream: HttpStream): boolean {
  return stream.header('content-type')?.startsWith('application/vnd.kubernetes.protobuf') ?? false
}

async function refused(what: string, stream: HttpStream): Promise<Error> {
  const usual = statusError(stream, `${what}: server returned HTTP status`)
  const status = await saidStatus(stream)
  if (status === undefined || (status.message === '' && status.reason === '')) return usual
  const message = stream.withoutSecrets(status.message)
  const reason = stream.withoutSecrets(status.reason)
  const said = refusal(what, { ...status, message, reason, code: stream.status })
  if (usual.retryAfterMs === undefined) return said
  const { retryAfterMs } = usual
  return new KubernetesError(said.message, said.status, said.reason, { retryAfterMs })
}

/** The status in the body of an answer; undefined where there is none. */
async function saidStatus(stream: HttpStream): Promise<Status | undefined> {
  const pieces: Buffer[] = []
  let size = 0
  try {
    for await (const piece of stream.body) {
      pieces.push(piece)
      size += piece.length
      if (size > mostBytesOfError) break
    }
    const body = Buffer.concat(pieces)
    if (!isProtobuf(stream)) return statusFrom(parsed(body.toString('utf8')))
    if (!isEnvelope(body, 0, body.length)) return undefined
    const wire = new Wire(new Strings(), body).over(body, magic.length, body.length)
    return readStatus(wire, openEnvelope(wire, body.length))
  } catch {
    // The HTTP status says enough.
    return undefined
  }
}
