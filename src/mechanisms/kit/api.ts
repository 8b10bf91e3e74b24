import { Buffer } from 'node:buffer'
import { setMaxListeners } from 'node:events'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import {
  Deadline,
  type HttpClient,
  HttpError,
  type HttpRequest,
  type HttpResponse,
  type HttpStream,
  redactUrl,
  statusError,
} from '../../http/index.js'
import type { Turns } from '../../waiting/turns.js'
import { AnswerError } from './errors.js'
import { parseJson } from './json.js'
import { heapLimitOf, mostWeight, tooHeavy } from './memory.js'
import { weightOfJson } from './json-elements.js'
import { type ReadingLimits, readJsonList, smallBytes } from './json-list.js'
import { readJsonPieces } from './json-pieces.js'
import { list, readShape, type Shape } from './shape.js'

/** How one request differs from a plain GET for JSON. */
export interface Ask
  extends Pick<
    HttpRequest,
    'method' | 'headers' | 'body' | 'gzip' | 'maxBytes' | 'once' | 'secrets'
  > {
  /** The statuses of a usable answer; default all 2xx. */
  readonly statuses?: readonly number[]
  /** How long the request may take, in milliseconds; default what all of them have. */
  readonly timeoutMs?: number
}

/**
 * The API of one poll. A path is appended to the base URL; an absolute URL is asked as it is. What is
 * asked ends with the poll, and each request after `refresh_interval`.
 *
 * All methods reject with an {@link HttpError} where there is no usable answer, with the wait that the server
 * asked for, and with an {@link AnswerError} where the answer is not what the shape says.
 */
export interface Api {
  /** Aborts when the poll is over. */
  readonly signal: AbortSignal
  /** Where long work takes its time from. */
  readonly turns: Turns
  /** The time, for what is kept until then: milliseconds from any fixed point. */
  now(): number
  /** How much one answer may make: see `readJsonList`. */
  readonly maxWeight: number
  /** Where a path leads, for signatures. */
  urlOf(path: string): string
  /** Asks and gives the whole answer. */
  ask(path: string, ask?: Ask): Promise<HttpResponse>
  /** Asks for one JSON value. */
  get<T>(path: string, shape: Shape<T>, ask?: Ask): Promise<T>
  /** Asks for a JSON list, however large, and gives its elements. */
  items<T>(path: string, item: Shape<T>, ask?: Ask): Promise<readonly T[]>
  /** Asks for an answer of whatever status that is read as it comes: see {@link ComingAnswer}. */
  stream(path: string, ask?: Omit<Ask, 'gzip' | 'statuses' | 'timeoutMs'>): Promise<ComingAnswer>
  /** Asks for a JSON list that is read as it comes: see {@link ComingList}, which has to be read or cancelled. */
  open(path: string, ask?: Pick<Ask, 'headers' | 'maxBytes'>): Promise<ComingList>
  /**
   * Asks for page after page. A page that was asked for before, ten thousand pages, and a page on another
   * host are errors: such a list would not end, or the credentials would go where they do not belong.
   * @param next the path or URL of the page after this one; undefined after the last. Some servers name it in a
   * header of the answer.
   */
  pages<T>(
    first: string,
    shape: Shape<T>,
    next: (page: T, answer: HttpResponse) => string | undefined,
    ask?: Ask,
  ): AsyncGenerator<T, void, void>
}

/** An answer whose body is still to come. It has to be read or cancelled, in the time that a request has. */
export interface ComingAnswer extends Omit<HttpResponse, 'body'> {
  /** Unpacked; reading it throws an {@link HttpError} where it is longer than one answer may be. */
  readonly body: AsyncIterable<Buffer>
  /** Ends it unread. Safe to call at any time. */
  cancel(): void
}

/** A JSON list whose elements are still to come. */
export interface ComingList {
  /**
   * Makes something of each element as it comes: of a long answer neither the text nor the elements are ever
   * held as a whole. To be called once, and in time: what the server sends waits until then.
   * @param make what it throws is thrown as it is
   */
  each<T, M>(item: Shape<T>, make: (one: T) => M): Promise<readonly M[]>
  /** Ends it unread. Safe to call at any time. */
  cancel(): void
}

/** The text of the error for an answer of no use; undefined for the usual one, with URL and status. */
export type Refusal = (response: HttpResponse) => string | undefined

/** What an {@link Api} is made of. */
export interface ApiOptions {
  readonly client: HttpClient
  /** With or without a slash at its end. */
  readonly baseUrl: string
  /** For each request. */
  readonly timeoutMs: number
  readonly signal: AbortSignal
  /** Where the reading of large answers takes its time from. */
  readonly turns: Turns
  /** Milliseconds from any fixed point; default `performance.now`. */
  readonly now?: () => number
  /** How many bytes of heap the process may use. Default V8's limit. */
  readonly heapLimit?: number
  /** A request goes out. */
  readonly onRequest?: () => void
  readonly refusal?: Refusal
}

/** Far above what an API answers in one poll; a body without end is cut here. */
const mostBytes = 512 << 20
const mostBytesOfOne = 64 << 20
const mostPages = 10_000

/** Makes the API of one poll. */
export function createApi(options: ApiOptions): Api {
  const { client, timeoutMs, signal, onRequest, refusal } = options
  // Each of the requests that run at a time listens to it, and there may be more than ten.
  setMaxListeners(0, signal)
  const baseUrl = options.baseUrl.replace(/\/+$/, '')
  const urlOf = (path: string): string => {
    if (/^https?:\/\//i.test(path)) return path
    return path === '' || /^[/?]/.test(path) ? baseUrl + path : `${baseUrl}/${path}`
  }
  let left = mostBytes

  const ask = async (path: string, request: Ask = {}): Promise<HttpResponse> => {
    const { statuses, headers, maxBytes = mostBytesOfOne, ...rest } = request
    onRequest?.()
    const url = urlOf(path)
    const response = await client.request({
      gzip: true,
      ...rest,
      url,
      timeoutMs: request.timeoutMs ?? timeoutMs,
      signal,
      maxBytes: Math.min(maxBytes, left),
      headers: { accept: 'application/json', ...headers },
    })
    left -= response.body.length
    const { status } = response
    if (!(statuses?.includes(status) ?? isUsable(status)))
      throw refused(response, refusal?.(response))
    return response
  }

  const stream: Api['stream'] = async (path, request = {}) => {
    const { headers, maxBytes = mostBytesOfOne, ...rest } = request
    onRequest?.()
    const url = urlOf(path)
    const subject = (): string => `${rest.method ?? 'GET'} ${redactUrl(url)}`
    const deadline = new Deadline(timeoutMs, subject, signal)
    try {
      const coming = await client.stream({
        ...rest,
        url,
        timeoutMs,
        signal: deadline.signal,
        headers: { accept: 'application/json', 'accept-encoding': 'gzip', ...headers },
      })
      const read = async function* (): AsyncGenerator<Buffer> {
        const at = redactUrl(coming.url)
        const most = Math.min(maxBytes, left)
        let size = 0
        try {
          for await (const piece of unpacked(coming, at)) {
            size += piece.length
            left -= piece.length
            if (size > most) throw tooLarge(at, most)
            yield piece
          }
        } finally {
          deadline.clear()
        }
      }
      return {
        ...coming,
        body: read(),
        cancel() {
          deadline.clear()
          coming.cancel()
        },
      }
    } catch (error) {
      deadline.clear()
      throw error
    }
  }

  const maxWeight = mostWeight(heapLimitOf(options))
  const get = async <T>(path: string, shape: Shape<T>, request?: Ask): Promise<T> => {
    return readJson(shape, await ask(path, request), maxWeight)
  }

  return {
    signal,
    turns: options.turns,
    now: options.now ?? (() => performance.now()),
    maxWeight,
    urlOf,
    ask,
    get,
    async items(path, item, request) {
      return await readJsonItems(item, await ask(path, request), { ...options, maxWeight })
    },
    stream,
    async open(path, request) {
      const coming = await stream(path, request)
      if (!isUsable(coming.status)) {
        const response = await beginningOf(coming)
        throw refused(response, refusal?.(response))
      }
      return {
        async each(item, make) {
          const at = redactUrl(coming.url)
          const reader = {
            whole: (text: string) => shaped(list(item), parsed(text, at), coming).map(make),
            element: (one: unknown, index: number) =>
              make(shaped(item, one, coming, `[${String(index)}]`)),
          }
          return await readJsonPieces(coming.body, reader, { ...options, maxWeight, at })
        },
        cancel: () => coming.cancel(),
      }
    },
    async *pages<T>(
      first: string,
      shape: Shape<T>,
      next: (page: T, answer: HttpResponse) => string | undefined,
      request?: Ask,
    ): AsyncGenerator<T, void, void> {
      const asked = new Set<string>()
      const { origin } = new URL(urlOf(first))
      let shown = redactUrl(urlOf(first))
      for (let path: string | undefined = first; path !== undefined; ) {
        const url = urlOf(path)
        const fault = faultOfPage(url, origin, asked)
        if (fault !== undefined) throw new AnswerError(`${shown}: ${fault}`)
        asked.add(url)
        const answer: HttpResponse = await ask(path, request)
        const page: T = readJson(shape, answer, maxWeight)
        yield page
        path = next(page, answer)
        shown = path === undefined ? '' : answer.withoutSecrets(redactUrl(urlOf(path)))
      }
    },
  }
}

/** The body as it is once unpacked. Reading throws an {@link HttpError} where it cannot be. */
async function* unpacked({ body, header }: HttpStream, at: string): AsyncGenerator<Buffer> {
  if (header('content-encoding')?.toLowerCase() !== 'gzip') return yield* body
  const pieces = body[Symbol.asyncIterator]()
  const first = await pieces.next()
  if (first.done === true) return
  const all = behind(first.value, pieces)
  // What has only the label is taken as it is.
  if (first.value[0] !== gzipMagic) return yield* all
  const unpacking = createGunzip()
  // What goes wrong with either is an error of what is read.
  pipeline(all, unpacking, () => undefined)
  try {
    yield* unpacking as AsyncIterable<Buffer>
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException
    if (!code.startsWith('Z_')) throw error
    throw new HttpError('protocol', `${at}: ${message}`, { cause: error })
  }
}

const gzipMagic = 0x1f

/** A body again, of which the first piece was read. */
async function* behind(first: Buffer, rest: AsyncIterator<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield first
    for (let next = await rest.next(); next.done !== true; next = await rest.next())
      yield next.value
  } finally {
    await rest.return?.()
  }
}

function tooLarge(at: string, maxBytes: number): HttpError {
  const most = String(maxBytes)
  return new HttpError('too_large', `${at}: the answer is larger than ${most} bytes`)
}

function isUsable(status: number): boolean {
  return status >= 200 && status < 300
}

/**
 * As much of an answer as there is to read in a refusal; the rest is not read.
 * @param coming of which nothing was read
 */
export async function beginningOf(coming: ComingAnswer): Promise<HttpResponse> {
  const pieces: Buffer[] = []
  let size = 0
  for await (const piece of coming.body) {
    pieces.push(piece)
    size += piece.length
    if (size > smallBytes) break
  }
  return { ...coming, body: Buffer.concat(pieces) }
}

/**
 * Reads the body of an answer.
 * @param maxWeight how much it may make: `Api.maxWeight`
 * @throws {AnswerError} for one that is not JSON or not of this shape, and for one that makes more
 */
export function readJson<T>(shape: Shape<T>, response: HttpResponse, maxWeight: number): T {
  const { body, url } = response
  const at = redactUrl(url)
  if (body.length > smallBytes && weightOfJson(body) > maxWeight) {
    throw new AnswerError(`${at}: ${tooHeavy(maxWeight)}`)
  }
  return shaped(shape, parsed(body.toString('utf8'), at), response)
}

/** Reads a value by its shape. The error names keys of the answer, and a server may repeat secrets there too. */
function shaped<T>(
  shape: Shape<T>,
  value: unknown,
  { url, withoutSecrets }: Pick<HttpResponse, 'url' | 'withoutSecrets'>,
  step?: string,
): T {
  try {
    return readShape(shape, value, redactUrl(url), step)
  } catch (error) {
    if (!(error instanceof AnswerError)) throw error
    const shown = withoutSecrets(error.message)
    throw shown === error.message ? error : new AnswerError(shown)
  }
}

/**
 * Reads the body of an answer that is a JSON list, a large one in several turns of the event loop.
 * @throws {AnswerError} for one that is not JSON or not of this shape, and for one too large for the memory
 */
export function readJsonItems<T>(
  item: Shape<T>,
  response: Pick<HttpResponse, 'body' | 'url' | 'withoutSecrets'>,
  limits: ReadingLimits,
): Promise<readonly T[]> {
  const at = redactUrl(response.url)
  const all = list(item)
  const reader = {
    whole: (text: string) => shaped(all, parsed(text, at), response),
    element: (one: unknown, index: number) => shaped(item, one, response, `[${String(index)}]`),
  }
  return readJsonList(response.body, reader, limits)
}

/** The body of an answer, and nothing (the shape's zero) for one that is not JSON or not of this shape. */
export function readJsonOrNothing<T>(shape: Shape<T>, response: HttpResponse): T {
  // What a server says of a request that it refuses is short.
  if (response.body.length > smallBytes) return shape.zero
  try {
    return readJson(shape, response, Infinity)
  } catch (error) {
    if (error instanceof AnswerError) return shape.zero
    throw error
  }
}

/**
 * A path with a query, as Go encodes it: sorted by name. Parameters that are undefined or empty are left out.
 * @param path may have a query already
 */
export function withQuery(
  path: string,
  parameters: Readonly<Record<string, string | number | undefined>>,
): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== '') query.append(name, String(value))
  }
  query.sort()
  const text = query.toString()
  if (text === '') return path
  return `${path}${path.includes('?') ? '&' : '?'}${text}`
}

function parsed(text: string, at: string): unknown {
  try {
    return parseJson(text)
  } catch {
    // The parser's own message quotes the answer, which may hold a secret.
    throw new AnswerError(`${at}: the answer is not JSON`)
  }
}

function refused(response: HttpResponse, reason: string | undefined): HttpError {
  const usual = statusError(response, `${redactUrl(response.url)}: server returned HTTP status`)
  if (reason === undefined) return usual
  const { status, retryAfterMs } = usual
  // A server writes this text: it stays one short line.
  const message = response.withoutSecrets(reason).replace(/\s+/g, ' ').slice(0, 300)
  return new HttpError('status', message, {
    ...(status === undefined ? {} : { status }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })
}

/**
 * What is wrong with the URL of a page, if anything: it was asked for before, or is on another host.
 * @param origin that of the first page
 * @param asked the URLs of all pages before
 */
export function faultOfPage(
  url: string,
  origin: string,
  asked: ReadonlySet<string>,
): string | undefined {
  if (asked.has(url)) return 'the list of pages does not end: it leads back to this page'
  if (asked.size >= mostPages) {
    return `the list of pages does not end: it has more than ${String(mostPages)}`
  }
  if (URL.canParse(url) && new URL(url).origin === origin) return undefined
  return 'the list of pages leads to another host'
}
