import { Buffer } from 'node:buffer'

/** The golden ratio as 32 bits: tells the hashes of one member apart. */
const step = 0x9e3779b9

/** MurmurHash3's finalizer: two rounds of mixing, each number to another one. @returns 32 bits, signed */
export function mix(x: number): number {
  let h = x ^ (x >>> 16)
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return h ^ (h >>> 16)
}

/** FNV-1a over the text as UTF-8, then {@link mix}. @returns 32 bits, signed */
export function hashText(text: string): number {
  let h = 0x811c9dc5
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i)
    if (code > 0x7f) return hashBytes(Buffer.from(text))
    h = Math.imul(h ^ code, 0x01000193)
  }
  return mix(h)
}

function hashBytes(bytes: Uint8Array): number {
  let h = 0x811c9dc5
  for (const byte of bytes) h = Math.imul(h ^ byte, 0x01000193)
  return mix(h)
}

/**
 * What a target is known by: the values of some labels.
 * @returns the hash of the values, with a NUL between two of them
 */
export function hashKey(values: readonly string[]): number {
  return hashText(values.length === 1 ? (values[0] ?? '') : values.join('\0'))
}

/** The seeds of a member: one for each unit of its weight. */
export function seedsOf(id: string, weight: number): Int32Array {
  const hash = hashText(id)
  return Int32Array.from({ length: weight }, (_, i) => mix((hash + Math.imul(i, step)) | 0))
}

/** How much a target, by the hash of its key, prefers one seed of a member. @returns 0 to 2^32 - 1 */
export function score(key: number, seed: number): number {
  return mix(key ^ seed) >>> 0
}

/** Where a target stands when many move one after the other. @returns 0 to 2^32 - 1 */
export function orderOf(key: number): number {
  return mix(key ^ step) >>> 0
}

/** A second order, in which targets of a crowded zone go to other zones. @returns 0 to 63 */
export function overflowOf(key: number): number {
  return mix(~key) >>> 26
}
