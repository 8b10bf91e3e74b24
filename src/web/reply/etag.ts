import { createHash } from 'node:crypto'

/**
 * A weak entity tag over everything that decides a body: weak, since the same content may go out
 * compressed or not. Parts cannot run into each other.
 */
export function weakEtag(parts: readonly string[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(`${String(part.length)}:${part}`)
  return `W/"${hash.digest('base64url').slice(0, 27)}"`
}
