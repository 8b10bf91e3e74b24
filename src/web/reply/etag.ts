import { createHash } from 'node:crypto'

/**
 * A weak entity tag over everything that decides a body: weak, since the same content may go out
 * compressed or not. Each text is hashed with its length, so that `a`, `bc` differs from `ab`, `c`.
 */
export function weakEtag(texts: readonly string[]): string {
  const hash = createHash('sha256')
  for (const text of texts) hash.update(`${String(text.length)}:${text}`)
  return `W/"${hash.digest('base64url').slice(0, 27)}"`
}

/** Whether the client has this version already (`If-None-Match`, compared weakly). */
export function hasVersion(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false
  if (ifNoneMatch.trim() === '*') return true
  const opaque = etag.replace(/^W\//, '')
  return ifNoneMatch.split(',').some((tag) => tag.trim().replace(/^W\//, '') === opaque)
}
