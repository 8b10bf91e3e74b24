import { promisify } from 'node:util'
import { constants, deflateRaw, inflateRaw } from 'node:zlib'
import { type Checksum, checksumOf } from './crc.js'

/** Target lists repeat themselves: more than this takes much longer and saves little. */
const level = 3

/**
 * A stretch of text, compressed so that others can stand before and after it: whole bytes of
 * DEFLATE (RFC 1951) that refer to nothing outside, and do not end the stream.
 */
export interface Packed {
  readonly bytes: Buffer
  /** How many bytes of UTF-8 the text has. */
  readonly length: number
  readonly checksum: Checksum
}

const deflate = promisify(deflateRaw)
const inflate = promisify(inflateRaw)

/** Compresses a text, off the event loop. */
export async function pack(text: Buffer): Promise<Packed> {
  const bytes = await deflate(text, { level, finishFlush: constants.Z_SYNC_FLUSH })
  // A copy: zlib's own buffer is larger than what it wrote.
  return { bytes: Buffer.concat([bytes]), length: text.length, checksum: checksumOf(text) }
}

/** The text again, off the event loop. */
export async function unpack({ bytes, length }: Packed): Promise<Buffer> {
  const chunkSize = Math.max(constants.Z_MIN_CHUNK, length)
  return await inflate(bytes, { chunkSize, finishFlush: constants.Z_SYNC_FLUSH })
}
