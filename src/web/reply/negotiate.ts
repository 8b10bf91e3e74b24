/** A content coding this server can write. */
export type Encoding = 'gzip' | 'deflate'

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

/** Whether the client has this version already (`If-None-Match`, compared weakly). */
export function hasVersion(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false
  if (ifNoneMatch.trim() === '*') return true
  const opaque = etag.replace(/^W\//, '')
  return ifNoneMatch.split(',').some((tag) => tag.trim().replace(/^W\//, '') === opaque)
}
