import type { Transform, Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createDeflate, createGunzip, createGzip } from 'node:zlib'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { BodyCache } from './body-cache.js'
import type { WebContext } from './context.js'
import { contentEncoding, type Encoding, hasVersion } from './negotiate.js'
import { slices } from './slices.js'

export const textPlain = 'text/plain; charset=utf-8'
export const applicationJson = 'application/json'

type Status = 200 | 400 | 401 | 403 | 404 | 405 | 413 | 415 | 422 | 429 | 500 | 503

/** A short body, sent as it is. */
export function replyText(
  c: WebContext,
  status: Status,
  text: string,
  contentType: string = textPlain,
): Response {
  c.header('Content-Type', contentType)
  c.header('X-Content-Type-Options', 'nosniff')
  c.get('sent').bytes = Buffer.byteLength(text)
  return c.body(text, status)
}

/** A body of any size, made while it is sent. */
export interface LongBody {
  readonly contentType: string
  /** Called only when a body has to be made, and then in the same turn: it shows that moment. */
  readonly texts: () => Iterable<string> | AsyncIterable<string>
  /** The version of the content; without it the body is neither compared nor kept. */
  readonly etag?: string
  /** Names the content among what the cache keeps. */
  readonly cacheKey?: string
}

/** Bodies shorter than this gain nothing from compression. */
const minCompressedLength = 1024

/** A JSON or text body that is at hand already: compressed when it pays. */
export async function replyWhole(c: WebContext, text: string, type: string): Promise<Response> {
  if (text.length < minCompressedLength) return replyText(c, 200, text, type)
  return await replyLong(c, { contentType: type, texts: () => [text] })
}

/**
 * Answers with a body of any size: 304 when the client has it, compressed when the client wants it,
 * straight from the cache when it was made before, and otherwise streamed, no faster than it is read.
 */
export async function replyLong(
  c: WebContext,
  body: LongBody,
  cache?: BodyCache,
): Promise<Response> {
  const { etag, cacheKey } = body
  c.header('Content-Type', body.contentType)
  c.header('X-Content-Type-Options', 'nosniff')
  c.header('Vary', 'Accept-Encoding', { append: true })
  if (etag !== undefined) {
    c.header('ETag', etag)
    c.header('Cache-Control', 'no-cache')
    if (hasVersion(c.req.header('If-None-Match'), etag)) return c.body(null, 304)
  }
  const encoding = contentEncoding(c.req.header('Accept-Encoding'))
  if (encoding !== undefined) c.header('Content-Encoding', encoding)
  if (c.req.method === 'HEAD') return c.body(null, 200)

  if (cache === undefined || cacheKey === undefined || etag === undefined) {
    return await send(c, slices(body.texts()), compressor(encoding))
  }
  const key = (of: Encoding | undefined): string => `${of ?? 'identity'} ${cacheKey}`
  const stored = cache.get(key(encoding), etag)
  if (stored !== undefined) {
    c.header('Content-Length', String(stored.bytes))
    return await send(c, stored.buffers, undefined)
  }
  // Unpacking is far cheaper than making, and happens off the event loop.
  const packed = encoding === undefined ? cache.get(key('gzip'), etag) : undefined
  if (packed !== undefined) return await send(c, packed.buffers, createGunzip())
  const kept = new Kept(cache.maxBodyBytes)
  const response = await send(c, slices(body.texts()), compressor(encoding), kept)
  if (kept.isComplete) {
    cache.set(key(encoding), { etag, buffers: kept.buffers, bytes: kept.bytes })
  }
  return response
}

/** Remembers what is sent, until it is too much. */
class Kept {
  readonly #maxBytes: number
  buffers: Buffer[] = []
  bytes = 0
  isComplete = false

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  add(buffer: Buffer): void {
    this.bytes += buffer.length
    if (this.bytes <= this.#maxBytes) this.buffers.push(buffer)
    else this.buffers = []
  }

  end(): void {
    this.isComplete = this.bytes <= this.#maxBytes
  }
}

/**
 * Writes to the socket itself: Hono's own streaming prints to the console when a client goes away, and
 * copies every chunk once more.
 */
async function send(
  c: WebContext,
  source: Iterable<Buffer> | AsyncIterable<Buffer>,
  transform: Transform | undefined,
  kept?: Kept,
): Promise<Response> {
  const { outgoing } = c.env
  let failure: unknown
  const watched = async function* (): AsyncGenerator<Buffer> {
    try {
      yield* source
    } catch (error) {
      failure = error
      throw error
    }
  }
  outgoing.writeHead(200, Object.fromEntries(c.body(null, 200).headers))
  const sent = c.get('sent')
  const counted = async function* (buffers: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const buffer of buffers) {
      sent.bytes += buffer.length
      kept?.add(buffer)
      yield buffer
    }
    kept?.end()
  }
  try {
    if (transform === undefined) await pipeline(watched(), counted, outgoing as Writable)
    else await pipeline(watched(), transform, counted, outgoing as Writable)
  } catch {
    // The status is out already: all that is left is to break the connection, which pipeline did.
    // When it was the client who broke it, there is nothing to tell.
    if (failure !== undefined) c.get('report')(failure)
  }
  return RESPONSE_ALREADY_SENT
}

function compressor(encoding: Encoding | undefined): Transform | undefined {
  if (encoding === 'gzip') return createGzip({ level })
  if (encoding === 'deflate') return createDeflate({ level })
  return undefined
}

/** Target lists repeat themselves: more than this takes much longer and saves little. */
const level = 3
