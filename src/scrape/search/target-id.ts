import { hash } from 'node:crypto'
import type { Labels } from '../../labels/index.js'
import { compareNames } from '../../relabel/index.js'

/**
 * The id of a discovered target: the first 12 hex digits of the SHA-256 of
 * `JSON.stringify([job, name, value, name, value, …])` over its labels before relabelling, sorted by name, without
 * empty ones. It is the same after a restart, and on every replica.
 */
export function targetId(job: string, discovered: Labels): string {
  const texts = [job]
  for (const name of Object.keys(discovered).sort(compareNames)) {
    const value = discovered[name] ?? ''
    if (value !== '') texts.push(name, value)
  }
  return hash('sha256', JSON.stringify(texts), 'hex').slice(0, 12)
}
