import { Buffer } from 'node:buffer'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { HttpError } from './errors.js'

/**
 * Reads a body to its end.
 * @param gzip whether it is compressed
 * @param maxBytes of the body as sent, and of what it unpacks to
 * @throws {HttpError} of kind `too_large`; the connection is then cut
 */
export async function readBody(body: Readable, gzip: boolean, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  const unpacked = gzip ? unpack(body) : body
  try {
    for await (const chunk of unpacked as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > maxBytes) {
        throw new HttpError('too_large', `the answer is larger than ${String(maxBytes)} bytes`)
      }
      chunks.push(chunk)
    }
  } finally {
    // Leaving the loop early has destroyed what it reads from; the body behind it has to go too.
    if (unpacked !== body && !body.readableEnded) body.on('error', () => undefined).destroy()
  }
  return chunks.length === 1 ? (chunks[0] ?? Buffer.alloc(0)) : Buffer.concat(chunks, size)
}

function unpack(body: Readable): Readable {
  const gunzip = createGunzip()
  body.once('error', (error) => gunzip.destroy(error))
  return body.pipe(gunzip)
}
