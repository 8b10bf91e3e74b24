import type { Buffer } from 'node:buffer'
import { type HttpClient, redactUrl, statusError } from '../../http/index.js'
import type { Api } from './api.js'
import { AnswerError } from './errors.js'

/** The API of one watch: what goes on until it is over. A path is appended to the base URL. */
export interface StreamApi {
  /** Aborts when the watch is not wanted any more. */
  readonly signal: AbortSignal
  /**
   * Asks for an answer that goes on, and gives its lines as they come; `refresh_interval` bounds the time until
   * its headers are there. Nothing bounds the time between two lines: a connection that is dead without
   * a word is found out by the keep-alive of TCP.
   *
   * Rejects with an `HttpError` where the answer is of no use, and reading lines does where the connection is
   * lost; a line of more than a mebibyte is an {@link AnswerError}.
   */
  lines(path: string): Promise<AsyncIterable<string>>
  /** Asks for a whole answer, for as long as the request says: see {@link Api.ask}. */
  readonly ask: Api['ask']
  /** A request was made whose answer no poll takes: for the count that people see. */
  countRequest(): void
}

/** What a {@link StreamApi} is made of. */
export interface StreamApiOptions {
  readonly client: HttpClient
  /** With or without a slash at its end. */
  readonly baseUrl: string
  /** Until the headers of an answer are there; milliseconds. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
  readonly ask: Api['ask']
  readonly countRequest: () => void
}

const longestLine = 1 << 20

/** Makes the API of one watch. */
export function createStreamApi(options: StreamApiOptions): StreamApi {
  const { client, baseUrl, timeoutMs, signal, ask, countRequest } = options
  return {
    signal,
    ask,
    countRequest,
    async lines(path) {
      const url = baseUrl.replace(/\/+$/, '') + path
      const headers = { accept: 'application/json' }
      const stream = await client.stream({ url, timeoutMs, signal, headers })
      const at = redactUrl(stream.url)
      if (stream.status === 200) return linesOf(stream.body, at)
      stream.cancel()
      throw statusError(stream, `${at}: server returned HTTP status`)
    },
  }
}

function within(line: string, at: string): string {
  if (line.length <= longestLine) return line
  throw new AnswerError(`${at}: a line is longer than ${String(longestLine)} characters`)
}

async function* linesOf(body: AsyncIterable<Buffer>, at: string): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  let text = ''
  for await (const piece of body) {
    // Only what is new is searched: a long line in small pieces would be searched again for each.
    const [first = '', ...rest] = decoder.decode(piece, { stream: true }).split('\n')
    text += first
    for (const begun of rest) {
      yield within(text, at)
      text = begun
    }
    within(text, at)
  }
}
