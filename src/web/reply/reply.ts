import type { Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { RESPONSE_ALREADY_SENT } from '@hono/node-server/utils/response'
import type { WebContext } from '../context.js'
import { type BodyStream, type ReplyBody, textBody } from './body.js'
import { contentEncoding } from './encoding.js'
import { hasVersion } from './etag.js'

export const textPlain = 'text/plain; charset=utf-8'
export const applicationJson = 'application/json'

type Status = 200 | 400 | 401 | 403 | 404 | 405 | 408 | 413 | 415 | 422 | 429 | 500 | 503

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

/** An answer of any size. */
export interface LongReply {
  readonly contentType: string
  readonly body: ReplyBody
  /** The version of the body; without it the client is never told that it has it already. */
  readonly etag?: string
}

/** Bodies shorter than this gain nothing from compression. */
const minCompressedLength = 1024

/** A body that is in memory already: compressed when it pays. */
export async function replyWhole(
  c: WebContext,
  text: string,
  type: string,
  status: Status = 200,
): Promise<Response> {
  if (text.length < minCompressedLength || status !== 200) return replyText(c, status, text, type)
  return await replyLong(c, { contentType: type, body: textBody(() => [text]) })
}

/**
 * Answers with a body of any size: 304 when the client has it, compressed when the client wants it,
 * and streamed, no faster than it is read.
 */
export async function replyLong(c: WebContext, reply: LongReply): Promise<Response> {
  const { etag, body } = reply
  c.header('Content-Type', reply.contentType)
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
  return await send(c, body.stream(encoding, c.get('turns')))
}

/**
 * Writes to the socket itself: Hono's own streaming prints to the console when a client goes away, and
 * copies every chunk once more.
 */
async function send(c: WebContext, { chunks, compressor }: BodyStream): Promise<Response> {
  const { outgoing } = c.env
  let failure: unknown
  const watched = async function* (): AsyncGenerator<Buffer> {
    try {
      yield* chunks
    } catch (error) {
      failure = error
      throw error
    }
  }
  outgoing.writeHead(200, Object.fromEntries(c.body(null, 200).headers))
  const sent = c.get('sent')
  const counted = async function* (written: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
    for await (const chunk of written) {
      sent.bytes += chunk.length
      yield chunk
    }
  }
  // The server's own listeners and those of a pipeline are more than the ten that Node takes for a leak.
  outgoing.setMaxListeners(20)
  try {
    if (compressor === undefined) await pipeline(watched(), counted, outgoing as Writable)
    else await pipeline(watched(), compressor, counted, outgoing as Writable)
  } catch {
    // The status is out already: all that is left is to break the connection, which pipeline did.
    // When the client broke it, there is nothing to report.
    if (failure !== undefined) c.get('report')(failure)
  }
  return RESPONSE_ALREADY_SENT
}
