import type { Transform } from 'node:stream'
import type { Turns } from '../../waiting/turns.js'
import { textChunks } from './chunks.js'
import { compressorFor, type Encoding } from './encoding.js'

/** How a body goes out. */
export interface BodyStream {
  readonly chunks: AsyncIterable<Buffer>
  /** What the chunks have to go through; undefined where they are in the right coding already. */
  readonly compressor: Transform | undefined
}

/** A body of any size, made while it is sent. */
export interface ReplyBody {
  /**
   * Called only when a body has to be made, and in the same turn of the event loop as the headers: the
   * body shows things as they are at that moment.
   * @param turns where the work takes its time from
   */
  stream(encoding: Encoding | undefined, turns: Turns): BodyStream
}

/** A body of texts that are written again for every reply. */
export function textBody(texts: () => Iterable<string> | AsyncIterable<string>): ReplyBody {
  return {
    stream: (encoding, turns) => ({
      chunks: textChunks(texts(), turns),
      compressor: compressorFor(encoding),
    }),
  }
}
