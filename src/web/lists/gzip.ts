import { crc32 } from 'node:zlib'
import { combine } from './crc.js'
import type { ReadyPart } from './list-cache.js'

// RFC 1952: deflated, no flags, no time, by an unknown system.
const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff])
// An empty last block (RFC 1951).
const lastBlock = Buffer.from([3, 0])
/** Buffers are gathered until a chunk has at least this many bytes. */
const minChunkBytes = 64 * 1024

/** One gzip stream of texts and of parts that were compressed each by itself, in chunks. */
export async function* gzipChunks(
  items: AsyncIterable<string | ReadyPart>,
): AsyncGenerator<Buffer> {
  let gathered: Buffer[] = [header]
  let size = header.length
  let crc = 0
  let length = 0
  for await (const item of items) {
    if (typeof item === 'string') {
      const text = Buffer.from(item)
      crc = crc32(text, crc)
      length += text.length
      for (const block of storedBlocks(text)) gathered.push(block)
      size += text.length
    } else {
      const { compressed } = item
      crc = combine(crc, compressed.checksum)
      length += compressed.length
      gathered.push(compressed.bytes)
      size += compressed.bytes.length
    }
    if (size < minChunkBytes) continue
    yield Buffer.concat(gathered)
    gathered = []
    size = 0
  }
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(crc)
  trailer.writeUInt32LE(length % 2 ** 32, 4)
  yield Buffer.concat([...gathered, lastBlock, trailer])
}

const maxStored = 0xffff

/** A short text, in blocks that are not compressed. */
function* storedBlocks(text: Buffer): Generator<Buffer> {
  for (let from = 0; from < text.length; from += maxStored) {
    const block = text.subarray(from, from + maxStored)
    const start = Buffer.alloc(5)
    start.writeUInt16LE(block.length, 1)
    start.writeUInt16LE(block.length ^ 0xffff, 3)
    yield start
    yield block
  }
}
