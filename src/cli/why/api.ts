import type { HttpClient, HttpResponse } from '../../http/index.js'
import { errorText } from '../../telemetry/error-text.js'

// A job of some 400,000 targets; what is read is searched as bytes and never parsed as a whole.
const maxBytes = 512 * 1024 * 1024
const timeoutMs = 120_000

/** The server cannot be asked, or does not answer as muster does. */
export class AskError extends Error {
  override readonly name = 'AskError'
  readonly code = 'ERR_WHY_ASK'
}

/** The HTTP API of a running muster, or of a Prometheus, which has most of it. */
export class MusterApi {
  readonly #client: HttpClient
  readonly #base: string

  /** @param url where it listens, with its route prefix */
  constructor(client: HttpClient, url: string) {
    this.#client = client
    this.#base = url.replace(/\/+$/, '')
  }

  /**
   * An answer as it was sent; undefined where the server knows no such thing.
   * @throws {AskError} when there is none, or the server refuses
   */
  async body(path: string, query: Readonly<Record<string, string>>): Promise<Buffer | undefined> {
    const search = new URLSearchParams(query).toString()
    const url = `${this.#base}/api/v1${path}${search === '' ? '' : `?${search}`}`
    let response: HttpResponse
    try {
      response = await this.#client.request({ url, timeoutMs, maxBytes, gzip: true })
    } catch (error) {
      throw new AskError(errorText(error), { cause: error })
    }
    if (response.status === 404) return undefined
    if (response.status !== 200) throw new AskError(`${path}: ${reason(response)}`)
    return response.body
  }

  /** The `data` of an answer; undefined where the server knows no such thing. */
  async data<T>(
    path: string,
    query: Readonly<Record<string, string>> = {},
  ): Promise<T | undefined> {
    const body = await this.body(path, query)
    if (body === undefined) return undefined
    const answer = parseAnswer(body.toString('utf8')) as { readonly data?: T } | null
    if (answer?.data === undefined) throw new AskError('the answer is not one of muster')
    return answer.data
  }
}

/** What the server says is wrong, in one line. */
function reason({ status, body }: HttpResponse): string {
  const text = body.toString('utf8', 0, 2048).trim()
  try {
    const { error } = JSON.parse(text) as { readonly error?: unknown }
    if (typeof error === 'string') return error
  } catch {
    // It is text.
  }
  return `the server answers ${String(status)}${text === '' ? '' : `: ${text.split('\n', 1)[0] ?? ''}`}`
}

/** @throws {AskError} when the text is not JSON */
export function parseAnswer(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    throw new AskError('the answer is not one of muster', { cause: error })
  }
}
