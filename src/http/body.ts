import type { Buffer } from 'node:buffer'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { tooLarge } from './exchange.js'

const unpack = promisify(gunzip)

/**
 * Unpacks a body that was sent compressed.
 * @param maxBytes of what it unpacks to
 * @throws {HttpError} of kind `too_large`; zlib's errors
 */
export async function unpacked(body: Buffer, maxBytes: number): Promise<Buffer> {
  // An answer without a body may carry the header all the same.
  if (body.length === 0) return body
  try {
    return await unpack(body, { maxOutputLength: maxBytes })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(maxBytes)
    throw error
  }
}
