import type { Transform } from 'node:stream'
import { createDeflate, createGzip } from 'node:zlib'

/** A content coding this server can write. */
export type Encoding = 'gzip' | 'deflate'

/** Target lists and metrics repeat themselves: a higher level takes much longer and saves little. */
export const compressionLevel = 3

/**
 * The coding to answer with: the first one of the header that is known and not refused (`q=0`), as in
 * Prometheus, which ignores other weights. Undefined means as it is.
 */
export function contentEncoding(acceptEncoding: string | undefined): Encoding | undefined {
  for (const offer of (acceptEncoding ?? '').split(',')) {
    const [coding = '', ...parameters] = offer.split(';').map((part) => part.trim().toLowerCase())
    const refused = parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))
    if ((coding === 'gzip' || coding === 'deflate') && !refused) return coding
  }
  return undefined
}

/** What turns a plain body into this coding; undefined for a body that goes out as it is. */
export function compressorFor(encoding: Encoding | undefined): Transform | undefined {
  if (encoding === 'gzip') return createGzip({ level: compressionLevel })
  if (encoding === 'deflate') return createDeflate({ level: compressionLevel })
  return undefined
}
