import type { SchedulerLike } from 'rxjs'
import { readRegular, secretLimit } from '../../go/read-file.js'
import {
  type Environment,
  HttpError,
  type HttpResponse,
  parseRetryAfter,
  redactUrl,
  statusError,
  statusLine,
} from '../../http/index.js'
import { type Api, faultOfPage, readJson, readJsonOrNothing } from '../kit/api.js'
import { AnswerError } from '../kit/errors.js'
import { sendOnce } from '../kit/send-once.js'
import * as json from '../kit/shape.js'
import { anyStatus, waitThrottled } from '../kit/throttled.js'
import type { AzureIdentity } from './identity.js'
import type { Ways } from './ways.js'

/** What all requests of one section share. */
export interface AzureClientOptions {
  readonly identity: AzureIdentity
  readonly env: Environment
  readonly userAgent: string
  readonly random: () => number
  /** For the waits between tries. */
  readonly scheduler: SchedulerLike
  /** Unix milliseconds: tokens expire by them. */
  readonly now: () => number
}

/** Azure Resource Manager, asked in one poll. */
export class AzureClient {
  readonly #options: AzureClientOptions
  readonly #api: Api
  readonly #ways: Ways

  constructor(options: AzureClientOptions, api: Api) {
    this.#options = options
    this.#api = api
    this.#ways = waysOf(options, api)
  }

  /** Asks for one thing. @param path with its query */
  async get<T>(path: string, shape: json.Shape<T>): Promise<T> {
    return readJson(shape, await this.#ask(path), this.#api.maxWeight)
  }

  /** Asks for a list, page after page. @param path with its query */
  async *list<T>(path: string, item: json.Shape<T>): AsyncGenerator<T, void, void> {
    const page = json.object({ value: json.list(item), nextLink: json.text })
    const asked = new Set<string>()
    const { origin } = new URL(this.#api.urlOf(path))
    for (let next = path; next !== ''; ) {
      const url = this.#api.urlOf(next)
      const fault = faultOfPage(url, origin, asked)
      if (fault !== undefined) throw new AnswerError(`${redactUrl(url)}: ${fault}`)
      asked.add(url)
      const { value, nextLink } = await this.get(next, page)
      yield* value
      next = nextLink
    }
  }

  async #ask(path: string): Promise<HttpResponse> {
    const { identity, random, scheduler } = this.#options
    let hasRenewed = false
    for (let tries = 1; ; tries += 1) {
      const token = await identity.token(this.#ways)
      const answer = await this.#api.ask(path, {
        headers: { authorization: `Bearer ${token.value}` },
        statuses: anyStatus,
      })
      if (answer.status < 300) return answer
      const said = saidIn(answer)
      const error = this.#errorOf(answer, said)
      if (answer.status === 401) {
        identity.refused(token)
        if (hasRenewed) throw error
        hasRenewed = true
        continue
      }
      // Something between here and Azure may answer 429, too: only Azure says why.
      const isThrottled = answer.status === 429 && said !== ''
      if (!isThrottled) throw error
      await waitThrottled(tries, error, { random, scheduler, signal: this.#api.signal })
    }
  }

  #errorOf(answer: HttpResponse, said: string): HttpError {
    const at = redactUrl(answer.url)
    if (said === '') return statusError(answer, `${at}: server returned HTTP status`)
    const words = answer.withoutSecrets(said).replace(/\s+/g, ' ').slice(0, 500)
    const wait = waitIn(answer, this.#options.now())
    const { status } = answer
    return new HttpError(
      'status',
      `${at}: server returned HTTP status ${statusLine(answer)}: ${words}`,
      {
        status,
        ...(wait === undefined ? {} : { retryAfterMs: wait }),
      },
    )
  }
}

const refusal = json.object({ error: json.object({ code: json.text, message: json.text }) })

/** `AuthorizationFailed: The client ... does not have authorization`; empty where Azure says nothing. */
function saidIn(answer: HttpResponse): string {
  const { code, message } = readJsonOrNothing(refusal, answer).error
  return [code, message].filter((part) => part !== '').join(': ')
}

/** How long Azure asks to be left alone; milliseconds. */
function waitIn(answer: HttpResponse, now: number): number | undefined {
  for (const name of ['retry-after-ms', 'x-ms-retry-after-ms']) {
    const wait = Number(answer.header(name))
    if (wait > 0) return wait
  }
  return parseRetryAfter(answer.header('retry-after'), now)
}

/** How a token is found for a poll: the login is asked as the section says, the machine's own services are not. */
function waysOf({ env, userAgent, now }: AzureClientOptions, api: Api): Ways {
  const { signal } = api
  return {
    env,
    signal,
    now,
    send: ({ url, ...request }) => api.ask(url, { ...request, statuses: anyStatus }),
    sendLocal: (request) => sendOnce(request, { env, userAgent, signal }),
    readFile: async (file) =>
      (await readRegular(file, { limit: secretLimit, signal })).toString('utf8'),
  }
}
