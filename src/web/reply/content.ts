import type { Transform } from 'node:stream'
import { createDeflate, createGzip } from 'node:zlib'
import type { Encoding } from './negotiate.js'
import { slices } from './slices.js'

/** How a body gets out: buffers, and what they have to go through. */
export interface Flow {
  readonly source: AsyncIterable<Buffer>
  readonly transform?: Transform
}

/** A body of any size, made while it is sent. */
export interface Content {
  /** Called only when a body has to be made, and then in the same turn: it shows that moment. */
  flow(encoding: Encoding | undefined): Flow
}

/** Text that is made anew each time. */
export function textContent(texts: () => Iterable<string> | AsyncIterable<string>): Content {
  return { flow: (encoding) => compressed(slices(texts()), encoding) }
}

/** Buffers in a content coding. */
export function compressed(source: AsyncIterable<Buffer>, encoding: Encoding | undefined): Flow {
  if (encoding === 'gzip') return { source, transform: createGzip({ level }) }
  if (encoding === 'deflate') return { source, transform: createDeflate({ level }) }
  return { source }
}

/** Texts of this kind repeat themselves: more than this takes much longer and saves little. */
const level = 3
