import type { Buffer } from 'node:buffer'

/** A power of two: how many texts are remembered, two for each slot. */
const slots = 8192
/** A longer one, a checksum or a whole document, is not likely to come twice. */
const longest = 128
/** How many characters at the end of a text tell it from others: names begin alike. */
const hashed = 24

/** How many lists are remembered, at least: half of them are forgotten at a time. */
const fewestLists = 4096

/**
 * Keeps texts that come again and again once: names of labels, images, namespaces. It remembers a bounded number
 * of them, the ones used most recently.
 */
export class Strings {
  /** Two texts for each hash; the first of them was asked for more often. */
  readonly #texts: (string | undefined)[] = Array.from({ length: slots * 2 })

  /** Lists by the bytes they were made of: those that were asked for lately, and those from before. */
  #lists = new Map<string, readonly unknown[]>()
  #olderLists: ReadonlyMap<string, readonly unknown[]> = new Map<string, readonly unknown[]>()

  /** The list that was kept under a key; undefined where there is none (any more). */
  listOf(key: string): readonly unknown[] | undefined {
    const known = this.#lists.get(key)
    if (known !== undefined) return known
    const older = this.#olderLists.get(key)
    if (older !== undefined) this.keepList(key, older)
    return older
  }

  keepList(key: string, list: readonly unknown[]): void {
    if (this.#lists.size >= fewestLists) {
      this.#olderLists = this.#lists
      this.#lists = new Map()
    }
    this.#lists.set(key, list)
  }

  /** The text that these bytes are in UTF-8; the same string each time, as long as it is remembered. */
  ofBytes(bytes: Buffer, start: number, end: number): string {
    const length = end - start
    if (length === 0) return ''
    if (length > longest) return bytes.toString('utf8', start, end)
    let hash = length
    for (let at = Math.max(start, end - hashed); at < end; at += 1) hash = mix(hash, bytes[at] ?? 0)
    const slot = slotOf(hash)
    const first = this.#texts[slot]
    const second = this.#texts[slot + 1]
    if (first !== undefined && isText(first, bytes, start, length)) return first
    if (second !== undefined && isText(second, bytes, start, length)) {
      return this.#prefer(slot, second)
    }
    return this.#remember(slot, bytes.toString('utf8', start, end))
  }

  /** The same text, and the same string each time, as long as it is remembered. */
  of(text: string): string {
    const { length } = text
    if (length === 0 || length > longest) return text
    let hash = length
    for (let at = Math.max(0, length - hashed); at < length; at += 1) {
      hash = mix(hash, text.charCodeAt(at))
    }
    const slot = slotOf(hash)
    const first = this.#texts[slot]
    const second = this.#texts[slot + 1]
    if (first === text) return first
    return second === text ? this.#prefer(slot, second) : this.#remember(slot, text)
  }

  #prefer(slot: number, text: string): string {
    this.#texts[slot + 1] = this.#texts[slot]
    this.#texts[slot] = text
    return text
  }

  #remember(slot: number, text: string): string {
    const place = this.#texts[slot] === undefined ? slot : slot + 1
    this.#texts[place] = text
    return text
  }
}

/** FNV-1a, 32 bits. */
function mix(hash: number, code: number): number {
  return Math.imul(hash ^ code, 0x01_00_01_93)
}

function slotOf(hash: number): number {
  return ((hash ^ (hash >>> 15)) & (slots - 1)) * 2
}

/** Whether a text is what the bytes say. One with other characters than ASCII's is never found to be. */
function isText(text: string, bytes: Buffer, start: number, length: number): boolean {
  if (text.length !== length) return false
  for (let at = 0; at < length; at += 1) {
    const code = text.charCodeAt(at)
    if (code !== bytes[start + at] || code > 0x7f) return false
  }
  return true
}
