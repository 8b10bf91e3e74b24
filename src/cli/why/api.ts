import type { HttpClient, HttpResponse } from '../../http/index.js'
import { goQuote } from '../../go/quote.js'
import { formatDuration } from '../../go/model-duration.js'
import { AnswerError } from '../../mechanisms/kit/errors.js'
import { readShape, type Shape } from '../../mechanisms/kit/shape.js'
import { errorText } from '../../telemetry/error-text.js'

// A job of some 400,000 targets; what is read is searched as bytes and never parsed as a whole.
const maxBytes = 512 * 1024 * 1024
/** How much of what a server says is wrong is shown, in bytes. */
const maxReason = 500

/** The server cannot be asked, or does not answer as muster does. */
export class AskError extends Error {
  override readonly name = 'AskError'
  readonly code = 'ERR_WHY_ASK'
}

/** The query of a request; pairs where a name comes several times. */
type ApiQuery = Readonly<Record<string, string>> | readonly (readonly [string, string])[]

function isPairs(query: ApiQuery): query is readonly (readonly [string, string])[] {
  return Array.isArray(query)
}

/** The HTTP API of a running muster, or of a Prometheus, which has most of it. */
export class MusterApi {
  readonly #client: HttpClient
  readonly #base: string
  readonly #timeoutMs: number
  readonly #deadline: AbortSignal

  /**
   * @param url where it listens, with its route prefix
   * @param timeoutMs for all requests together, from now on
   * @param signal ends them early
   */
  constructor(client: HttpClient, url: string, timeoutMs: number, signal?: AbortSignal) {
    this.#client = client
    this.#base = url.replace(/\/+$/, '')
    this.#timeoutMs = timeoutMs
    const deadline = AbortSignal.timeout(timeoutMs)
    this.#deadline = signal === undefined ? deadline : AbortSignal.any([deadline, signal])
  }

  /**
   * An answer as it was sent; undefined where the server knows no such thing.
   * @throws {AskError} when there is none in time, or the server refuses
   */
  async body(path: string, query: ApiQuery): Promise<Buffer | undefined> {
    const search = new URLSearchParams(
      isPairs(query) ? query.map(([...pair]) => pair) : query,
    ).toString()
    const url = `${this.#base}/api/v1${path}${search === '' ? '' : `?${search}`}`
    const bounds = { timeoutMs: this.#timeoutMs, signal: this.#deadline, maxBytes }
    let response: HttpResponse
    try {
      response = await this.#client.request({ url, ...bounds, gzip: true })
    } catch (error) {
      const reason = this.#deadline.aborted
        ? `${path}: no complete answer within ${formatDuration(this.#timeoutMs)} (--timeout)`
        : errorText(error)
      throw new AskError(reason, { cause: error })
    }
    if (response.status === 404) return undefined
    if (response.status !== 200) throw new AskError(`${path}: ${reason(response)}`)
    return response.body
  }

  /**
   * The `data` of an answer; undefined where the server knows no such thing.
   * @throws {AskError} when there is none, or one of another shape
   */
  async data<T>(shape: Shape<T>, path: string, query: ApiQuery = {}): Promise<T | undefined> {
    const body = await this.body(path, query)
    if (body === undefined) return undefined
    const answer = parseAnswer(path, body.toString('utf8'))
    const isWrapped = typeof answer === 'object' && answer !== null && 'data' in answer
    if (!isWrapped) throw notMuster(path, 'it has no data')
    return readAnswer(shape, path, answer.data)
  }
}

/** What the server says is wrong, in one line. */
function reason({ status, body }: HttpResponse): string {
  const hint = status === 401 || status === 403 ? ' (--http.config.file has credentials)' : ''
  const said = saidIn(body.toString('utf8', 0, 8192)).slice(0, maxReason)
  return `the server answers ${String(status)}${said === '' ? '' : `: ${said}`}${hint}`
}

function saidIn(body: string): string {
  try {
    const { error } = JSON.parse(body) as { readonly error?: unknown }
    if (typeof error === 'string') return error
  } catch {
    // It is text.
  }
  return body.trim().split(/[\r\n]/, 1)[0] ?? ''
}

/**
 * Reads a part of an answer.
 * @param path which answer it is of
 * @throws {AskError} that names the place of what has another shape
 */
export function readAnswer<T>(shape: Shape<T>, path: string, value: unknown): T {
  try {
    return readShape(shape, value, 'data')
  } catch (error) {
    if (!(error instanceof AnswerError)) throw error
    throw notMuster(path, error.message, error)
  }
}

/** @throws {AskError} when the text is not JSON */
export function parseAnswer(path: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    const start = text.slice(0, 40)
    throw notMuster(path, text === '' ? 'it is empty' : `it begins ${goQuote(start)}`, error)
  }
}

/** The error for an answer that is not one of muster's. */
export function notMuster(path: string, why: string, cause?: unknown): AskError {
  return new AskError(`${path}: the answer is not one of muster: ${why}`, { cause })
}
