import { promisify } from 'node:util'
import { constants, deflateRaw, inflateRaw } from 'node:zlib'
import { compressionLevel } from '../reply/encoding.js'
import { type Checksum, checksumOf } from './crc.js'

/**
 * A part of a list, compressed so that others can stand before and after it: whole bytes of DEFLATE
 * (RFC 1951) that refer to nothing outside, and do not end the stream.
 */
export interface CompressedPart {
  readonly bytes: Buffer
  /** How many bytes of UTF-8 the text has. */
  readonly length: number
  readonly checksum: Checksum
}

const deflate = promisify(deflateRaw)
const inflate = promisify(inflateRaw)

/** Compresses the text of a part, off the event loop. */
export async function compressPart(text: Buffer): Promise<CompressedPart> {
  const bytes = await deflate(text, {
    level: compressionLevel,
    finishFlush: constants.Z_SYNC_FLUSH,
  })
  // A copy: zlib's own buffer is larger than what it wrote.
  return { bytes: Buffer.concat([bytes]), length: text.length, checksum: checksumOf(text) }
}

/** The text of a part again, off the event loop. */
export async function decompressPart({ bytes, length }: CompressedPart): Promise<Buffer> {
  const chunkSize = Math.max(constants.Z_MIN_CHUNK, length)
  return await inflate(bytes, { chunkSize, finishFlush: constants.Z_SYNC_FLUSH })
}
