import type { Turns } from '../../waiting/turns.js'
import type { ListView } from '../sources.js'
import { type CompressedPart, compressPart } from './compressed-part.js'

/** A part of a list, ready to be sent. */
export interface ReadyPart {
  readonly compressed: CompressedPart
  /** The text itself, where it was just written. */
  readonly text?: Buffer
}

/** What is kept of one list. */
interface CachedList {
  readonly name: string
  readonly stamp: string
  compressed: WeakMap<object, Promise<CompressedPart>>
  /** What its parts took when it was last read. */
  bytes: number
}

/** This many parts are compressed, off the event loop, while the one before them is sent. */
const maxAhead = 2

/**
 * Keeps lists compressed, part by part: a list that was read before costs only the parts that changed
 * since, in whatever form it is sent. Bounded in bytes; the list that was not read for the longest
 * goes first.
 */
export class ListCache {
  readonly #maxBytes: number
  /** By name, the one that was not read for the longest first. */
  readonly #lists: Map<string, CachedList> = new Map()
  #bytes = 0

  /** @param maxBytes what all lists may take together; of a list that takes more, some parts are kept */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /**
   * The parts of a list, in order, without those that are empty.
   * @param turns where the work takes its time from
   */
  async *read(list: ListView, turns: Turns): AsyncGenerator<ReadyPart, void, undefined> {
    const cached = this.#cachedList(list)
    const ahead: Promise<ReadyPart>[] = []
    let bytes = 0
    const started = this.#readyParts(cached, list, () => bytes)
    try {
      for (;;) {
        while (ahead.length <= maxAhead) {
          const next = started.next()
          if (next.done === true) break
          ahead.push(next.value)
        }
        const part = await ahead.shift()
        if (part === undefined) break
        if (part.compressed.length > 0) {
          bytes += part.compressed.bytes.length
          if (bytes > cached.bytes) this.#setSize(cached, bytes)
          yield part
        }
        if (turns.isOver) await turns.next()
      }
      this.#setSize(cached, bytes)
    } finally {
      // The reader may go away in the middle: what was begun is waited for all the same.
      await Promise.allSettled(ahead)
    }
  }

  /**
   * Begins to make each part ready when it is asked for the next.
   * @param taken what the parts so far take, in bytes
   */
  *#readyParts(
    cached: CachedList,
    list: ListView,
    taken: () => number,
  ): Generator<Promise<ReadyPart>, void, undefined> {
    for (const [index, part] of list.parts.entries()) {
      const known = cached.compressed.get(part)
      if (known !== undefined) {
        yield handledLater(known.then((compressed) => ({ compressed })))
        continue
      }
      let last: string | undefined
      let isWhole = true
      for (const text of list.texts(index)) {
        if (last !== undefined) {
          isWhole = false
          yield compressedText(Buffer.from(last))
        }
        last = text
      }
      const text = Buffer.from(last ?? '')
      const made = compressPart(text)
      // One of several texts is no part, and what is that large is not worth keeping.
      if (isWhole && this.#hasRoom(cached, taken())) {
        const { compressed } = cached
        compressed.set(part, made)
        // Those who wait for it get the error; the next reader tries again.
        made.catch(() => compressed.delete(part))
      }
      yield handledLater(made.then((compressed) => ({ compressed, text })))
    }
  }

  /** What is kept of a list; nothing when all of it is outdated. */
  #cachedList({ name, stamp }: ListView): CachedList {
    const known = this.#lists.get(name)
    this.#lists.delete(name)
    if (known?.stamp === stamp) {
      this.#lists.set(name, known)
      return known
    }
    this.#bytes -= known?.bytes ?? 0
    const made: CachedList = { name, stamp, compressed: new WeakMap(), bytes: 0 }
    this.#lists.set(name, made)
    return made
  }

  /** Whether more may be kept of a list: unless it takes everything, or was forgotten meanwhile. */
  #hasRoom(cached: CachedList, bytes: number): boolean {
    return bytes < this.#maxBytes && this.#lists.get(cached.name) === cached
  }

  /** Notes what a list takes, and forgets others where all take too much together. */
  #setSize(cached: CachedList, bytes: number): void {
    if (this.#lists.get(cached.name) !== cached) return
    const counted = Math.min(bytes, this.#maxBytes)
    this.#bytes += counted - cached.bytes
    cached.bytes = counted
    for (const [name, other] of this.#lists) {
      if (this.#bytes <= this.#maxBytes) return
      if (other === cached) continue
      this.#lists.delete(name)
      this.#bytes -= other.bytes
      // A slow reader may still hold it.
      other.compressed = new WeakMap()
    }
  }
}

function compressedText(text: Buffer): Promise<ReadyPart> {
  return handledLater(compressPart(text).then((compressed) => ({ compressed, text })))
}

/** The reader handles a failure when it comes to the part; until then it must not count as unhandled. */
function handledLater(part: Promise<ReadyPart>): Promise<ReadyPart> {
  part.catch(() => {})
  return part
}
