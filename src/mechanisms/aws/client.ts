import type { SchedulerLike } from 'rxjs'
import {
  type AwsKeys,
  type Environment,
  HttpError,
  type HttpResponse,
  parseRetryAfter,
  redactUrl,
  signForAws,
  statusError,
} from '../../http/index.js'
import { type Api, beginningOf, type Ask, readJson, readJsonOrNothing } from '../kit/api.js'
import { AnswerError } from '../kit/errors.js'
import { sendOnce } from '../kit/send-once.js'
import * as json from '../kit/shape.js'
import { anyStatus, waitThrottled } from '../kit/throttled.js'
import { childOf, ComingXml, readXml, textOf, type XmlElement } from '../kit/xml.js'
import { type AwsService, endpointOf } from './endpoint.js'
import type { AwsIdentity } from './identity.js'
import { withoutKeys } from './sts.js'
import type { Ways } from './ways.js'

/** What all requests of one section share. */
export interface AwsClientOptions {
  readonly service: AwsService
  readonly identity: AwsIdentity
  /** The `endpoint` of the section; empty for that of the region. */
  readonly endpoint: string
  readonly env: Environment
  readonly userAgent: string
  readonly random: () => number
  /** For the waits between tries. */
  readonly scheduler: SchedulerLike
  /** Unix milliseconds: signatures have the time in them. */
  readonly now: () => number
}

/** A request of a service, before it is signed. */
interface AwsRequest {
  /** What is asked for, in errors: `DescribeInstances`. */
  readonly action: string
  readonly method: 'GET' | 'POST'
  /** With its query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** What of the body no error may show. */
  readonly secrets?: readonly string[]
}

/** Parameters of the query protocol; those that are undefined are left out. */
export type Parameters = Readonly<Record<string, string | number | undefined>>

/** One service of AWS, asked in one poll. */
export class AwsClient {
  readonly #options: AwsClientOptions
  readonly #api: Api
  readonly #ways: Ways

  constructor(options: AwsClientOptions, api: Api) {
    this.#options = options
    this.#api = api
    this.#ways = waysOf(options, api)
  }

  /** Aborts when the poll is over. */
  get signal(): AbortSignal {
    return this.#api.signal
  }

  /** The region that is asked. */
  region(): Promise<string> {
    return this.#options.identity.region(this.#ways)
  }

  /** Another service of the same account, at the endpoint of its region: `endpoint` is that of one service. */
  of(service: AwsService): AwsClient {
    return new AwsClient({ ...this.#options, service, endpoint: '' }, this.#api)
  }

  /** Asks by the query protocol, as EC2, RDS and ElastiCache understand it. @returns the root of the answer */
  async query(action: string, version: string, parameters: Parameters): Promise<XmlElement> {
    const answer = await this.#ask(queryOf(action, version, parameters))
    const root = await readXml(answer, this.#api)
    if (root.name === `${action}Response`) return root
    throw new AnswerError(`${redactUrl(answer.url)}: expected an element ${action}Response`)
  }

  /**
   * Asks as {@link query} does, for elements that are read while they come: at once, and all of them.
   * @param path the names from below the root of the answer to them
   */
  async queryComing(
    action: string,
    version: string,
    parameters: Parameters,
    path: readonly string[],
  ): Promise<ComingXml> {
    const request = queryOf(action, version, parameters)
    const answer = await this.#usable(request, {
      send: (url, ask) => this.#api.stream(url, ask),
      whole: beginningOf,
    })
    return new ComingXml(answer, this.#api, { root: `${action}Response`, path })
  }

  /**
   * Asks by the JSON 1.1 protocol, as Lightsail and ECS understand it.
   * @param target the API and the action: `Lightsail_20161128.GetInstances`
   */
  async json<T>(target: string, body: unknown, shape: json.Shape<T>): Promise<T> {
    const answer = await this.#ask({
      action: target.replace(/^.*\./, ''),
      method: 'POST',
      path: '/',
      headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
      body: JSON.stringify(body),
    })
    return readJson(shape, answer, this.#api.maxWeight)
  }

  /** Asks by the REST protocol, as MSK understands it. @param path with its query */
  async get<T>(action: string, path: string, shape: json.Shape<T>): Promise<T> {
    const answer = await this.#ask({ action, method: 'GET', path, headers: {}, body: '' })
    return readJson(shape, answer, this.#api.maxWeight)
  }

  #ask(request: AwsRequest): Promise<HttpResponse> {
    return this.#usable(request, {
      send: (path, ask) => this.#api.ask(path, { ...ask, statuses: anyStatus }),
      whole: (answer) => Promise.resolve(answer),
    })
  }

  async #usable<A extends AnswerHead>(request: AwsRequest, way: Way<A>): Promise<A> {
    const { identity, random, scheduler } = this.#options
    const { signal } = this.#api
    let hasLookedAgain = false
    for (let tries = 1; ; tries += 1) {
      const keys = await identity.keys(this.#ways)
      const coming = await this.#send(request, keys, way)
      if (coming.status < 300) return coming
      const answer = await way.whole(coming)
      const refusal = await refusalIn(answer, this.#api)
      const error = this.#errorOf(request, answer, refusal, keys)
      if (isOfKeys(refusal.code)) {
        const mayChange = identity.refused(keys)
        if (hasLookedAgain || !mayChange) throw error
        hasLookedAgain = true
        continue
      }
      if (!isThrottling(refusal.code)) throw error
      await waitThrottled(tries, error, { random, scheduler, signal })
    }
  }

  async #send<A>(request: AwsRequest, keys: AwsKeys, way: Way<A>): Promise<A> {
    const { service, env, endpoint, now } = this.#options
    const region = await this.region()
    const base = endpointOf(service, { region, env, given: endpoint }).replace(/\/+$/, '')
    const { method, headers, body, secrets = [] } = request
    const url = new URL(base + request.path)
    const signed = signForAws(
      { method, url, headers, body },
      { region, service: service.signingName },
      keys,
      now(),
    )
    return way.send(url.href, {
      method,
      headers: signed,
      secrets,
      ...(method === 'GET' ? {} : { body }),
    })
  }

  #errorOf(
    { action }: AwsRequest,
    answer: HttpResponse,
    { code, message }: Refusal,
    keys: AwsKeys,
  ): HttpError {
    const at = redactUrl(answer.url)
    if (code === '') return statusError(answer, `${at}: server returned HTTP status`)
    const words = message === '' ? code : `${code}: ${message}`
    const said = withoutKeys(answer.withoutSecrets(words), keys).replace(/\s+/g, ' ').slice(0, 500)
    const wait = parseRetryAfter(answer.header('retry-after'), this.#options.now())
    return new HttpError('status', `${at}: ${action}: ${said}`, {
      status: statusOf(code, answer.status),
      ...(wait === undefined ? {} : { retryAfterMs: wait }),
    })
  }
}

type AnswerHead = Pick<HttpResponse, 'status'>

/** How a request is sent: for an answer that is there as a whole, or one that is read while it comes. */
interface Way<A> {
  send(url: string, ask: Pick<Ask, 'method' | 'headers' | 'secrets' | 'body'>): Promise<A>
  /** Reads what there is of a refusal. */
  whole(answer: A): Promise<HttpResponse>
}

/** A request by the query protocol. */
function queryOf(action: string, version: string, parameters: Parameters): AwsRequest {
  const all: Parameters = { Action: action, Version: version, ...parameters }
  const body = new URLSearchParams()
  for (const [name, value] of Object.entries(all)) {
    if (value !== undefined) body.append(name, String(value))
  }
  return {
    action,
    method: 'POST',
    path: '/',
    headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    body: body.toString(),
    // It leads to the names of all that there is, for who has the keys.
    secrets: [body.get('NextToken') ?? '', body.get('Marker') ?? ''],
  }
}

/** What AWS says of a request that it refuses; empty where it says nothing. */
interface Refusal {
  /** `RequestLimitExceeded` */
  readonly code: string
  readonly message: string
}

const noWords: Refusal = { code: '', message: '' }

const jsonRefusal = json.object({ __type: json.text, code: json.text, message: json.text })

async function refusalIn(answer: HttpResponse, api: Api): Promise<Refusal> {
  if (answer.body.subarray(0, 200).toString('utf8').trimStart().startsWith('<')) {
    return xmlRefusal(answer, api)
  }
  const { __type, code, message } = readJsonOrNothing(jsonRefusal, answer)
  // `com.amazonaws.x#ThrottlingException`, `ThrottlingException:http://...`
  const named = (answer.header('x-amzn-errortype') ?? '') || __type || code
  return { code: named.replace(/:.*$/s, '').replace(/^.*#/s, ''), message }
}

/** `<Response><Errors><Error>` of EC2, `<ErrorResponse><Error>` of all others. */
async function xmlRefusal(answer: HttpResponse, api: Api): Promise<Refusal> {
  try {
    const root = await readXml(answer, api)
    const error = childOf(childOf(root, 'Errors') ?? root, 'Error')
    return error === undefined
      ? noWords
      : { code: textOf(error, 'Code'), message: textOf(error, 'Message') }
  } catch (error) {
    // The status says it then.
    if (error instanceof AnswerError) return noWords
    throw error
  }
}

/** What a refusal comes to: the JSON protocol has status 400 for all of them. */
function statusOf(code: string, status: number): number {
  if (isThrottling(code)) return 429
  return isOfKeys(code) ? 401 : status
}

/** The codes by which services of AWS say that they are asked too much. */
function isThrottling(code: string): boolean {
  return /^(?:EC2Throttled|Throttl|RequestThrottl|TooManyRequests|RequestLimitExceeded|SlowDown|BandwidthLimitExceeded|PriorRequestNotComplete|ProvisionedThroughputExceeded)/.test(
    code,
  )
}

/** The codes that say that the keys are of no use, or not any more. */
function isOfKeys(code: string): boolean {
  return /^(?:AuthFailure|ExpiredToken|ExpiredTokenException|RequestExpired|InvalidClientTokenId|UnrecognizedClientException|InvalidAccessKeyId|InvalidToken)$/.test(
    code,
  )
}

/** How keys are found for a poll: STS is asked as the section says, the machine's own services are not. */
function waysOf({ env, userAgent, now }: AwsClientOptions, api: Api): Ways {
  const { signal } = api
  return {
    env,
    signal,
    now,
    send: ({ url, ...request }) => api.ask(url, { ...request, statuses: anyStatus }),
    sendLocal: (request) => sendOnce(request, { env, userAgent, signal }),
  }
}
