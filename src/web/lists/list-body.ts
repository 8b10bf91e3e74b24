import type { Turns } from '../../waiting/turns.js'
import type { ReplyBody } from '../reply/body.js'
import { compressorFor } from '../reply/encoding.js'
import type { ListView } from '../sources.js'
import { decompressPart } from './compressed-part.js'
import { gzipChunks } from './gzip.js'
import type { ListCache, ReadyPart } from './list-cache.js'

/** A text, or lists whose elements follow each other with commas between them. */
export type TextOrLists = string | readonly ListView[]

/**
 * A body of lists and the text around them. Parts that were compressed for an earlier body are used
 * again: a gzip body is those parts one after the other, any other is made of their texts.
 * @param content called once for each body that has to be made
 */
export function listBody(content: () => readonly TextOrLists[], cache: ListCache): ReplyBody {
  return {
    stream(encoding, turns) {
      const items = textsAndParts(content(), cache, turns)
      if (encoding === 'gzip') return { chunks: gzipChunks(items), compressor: undefined }
      return { chunks: plainChunks(items), compressor: compressorFor(encoding) }
    },
  }
}

async function* textsAndParts(
  content: readonly TextOrLists[],
  cache: ListCache,
  turns: Turns,
): AsyncGenerator<string | ReadyPart, void, undefined> {
  for (const item of content) {
    if (typeof item === 'string') {
      yield item
      continue
    }
    let isFirst = true
    for (const list of item) {
      for await (const part of cache.read(list, turns)) {
        if (!isFirst) yield ','
        isFirst = false
        yield part
      }
    }
  }
}

async function* plainChunks(items: AsyncIterable<string | ReadyPart>): AsyncGenerator<Buffer> {
  // One is decompressed while the one before it is sent.
  let before: Promise<Buffer> | undefined
  for await (const item of items) {
    const next = textOf(item)
    // A failure is handled when its turn comes; until then it must not count as unhandled.
    next.catch(() => {})
    if (before !== undefined) yield await before
    before = next
  }
  if (before !== undefined) yield await before
}

async function textOf(item: string | ReadyPart): Promise<Buffer> {
  if (typeof item === 'string') return Buffer.from(item)
  return item.text ?? (await decompressPart(item.compressed))
}
