import { crc32 } from 'node:zlib'
import { Turn } from '../../waiting/turn.js'
import { compressed, type Content } from '../reply/content.js'
import type { ListView } from '../sources.js'
import { combine } from './crc.js'
import { unpack } from './packed.js'
import type { ListPiece, PackedLists } from './packed-lists.js'

/** A text, or lists whose elements follow each other with commas between them. */
export type BodyPart = string | readonly ListView[]

/** A body of lists and the text around them, of which everything that was made before is kept. */
export function listContent(parts: () => readonly BodyPart[], lists: PackedLists): Content {
  return {
    flow(encoding) {
      const stretches = joined(parts(), lists, new Turn(5))
      if (encoding === 'gzip') return { source: gzipped(stretches) }
      return compressed(plain(stretches), encoding)
    },
  }
}

async function* joined(
  parts: readonly BodyPart[],
  lists: PackedLists,
  turn: Turn,
): AsyncGenerator<string | ListPiece, void, undefined> {
  for (const part of parts) {
    if (typeof part === 'string') {
      yield part
      continue
    }
    let isFirst = true
    for (const list of part) {
      for await (const piece of lists.read(list, turn)) {
        if (!isFirst) yield ','
        isFirst = false
        yield piece
      }
    }
  }
}

async function* plain(stretches: AsyncIterable<string | ListPiece>): AsyncGenerator<Buffer> {
  // One is unpacked while the one before it is sent.
  let before: Promise<Buffer> | undefined
  for await (const stretch of stretches) {
    const next = textOf(stretch)
    // It is heard of when its turn comes; until then nobody may be listening.
    next.catch(() => {})
    if (before !== undefined) yield await before
    before = next
  }
  if (before !== undefined) yield await before
}

async function textOf(stretch: string | ListPiece): Promise<Buffer> {
  if (typeof stretch === 'string') return Buffer.from(stretch)
  return stretch.text ?? (await unpack(stretch.packed))
}

// RFC 1952: deflated, no flags, no time, by an unknown system.
const header = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff])
// An empty last block (RFC 1951).
const lastBlock = Buffer.from([3, 0])
/** Short buffers are sent together. */
const minBuffer = 64 * 1024

/** One gzip stream of stretches that were compressed each by itself. */
async function* gzipped(stretches: AsyncIterable<string | ListPiece>): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [header]
  let size = header.length
  let crc = 0
  let length = 0
  for await (const stretch of stretches) {
    if (typeof stretch === 'string') {
      const text = Buffer.from(stretch)
      crc = crc32(text, crc)
      length += text.length
      for (const block of stored(text)) waiting.push(block)
      size += text.length
    } else {
      const { packed } = stretch
      crc = combine(crc, packed.checksum)
      length += packed.length
      waiting.push(packed.bytes)
      size += packed.bytes.length
    }
    if (size < minBuffer) continue
    yield Buffer.concat(waiting)
    waiting = []
    size = 0
  }
  const trailer = Buffer.alloc(8)
  trailer.writeUInt32LE(crc)
  trailer.writeUInt32LE(length % 2 ** 32, 4)
  yield Buffer.concat([...waiting, lastBlock, trailer])
}

const maxStored = 0xffff

/** A text in blocks that are not compressed: it is short. */
function* stored(text: Buffer): Generator<Buffer> {
  for (let from = 0; from < text.length; from += maxStored) {
    const block = text.subarray(from, from + maxStored)
    const start = Buffer.alloc(5)
    start.writeUInt16LE(block.length, 1)
    start.writeUInt16LE(block.length ^ 0xffff, 3)
    yield start
    yield block
  }
}
