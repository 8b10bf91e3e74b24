import type { Turn } from '../../waiting/turn.js'
import type { ListView } from '../sources.js'
import { pack, type Packed } from './packed.js'

/** A part of a list, ready to be sent. */
export interface ListPiece {
  readonly packed: Packed
  /** The text itself, where it was just made. */
  readonly text?: Buffer
}

/** What is kept of one list. */
interface Shelf {
  readonly name: string
  readonly stamp: string
  packed: WeakMap<object, Promise<Packed>>
  /** What its parts took when it was read the last time. */
  bytes: number
}

/** So many parts are compressed, off the event loop, while the one before them is sent. */
const maxAhead = 2

/**
 * Keeps lists compressed, part by part: a list that was read before costs only the parts that changed
 * since, in whatever form it is sent. Bounded in bytes; the list that was not read for the longest
 * goes first.
 */
export class PackedLists {
  readonly #maxBytes: number
  readonly #shelves: Map<string, Shelf> = new Map()
  #bytes = 0

  /** @param maxBytes what all lists may take together; of a list that takes more a part is kept */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /**
   * The parts of a list, in order, without those that are empty.
   * @param turn of whoever reads, maybe many lists
   */
  async *read(list: ListView, turn: Turn): AsyncGenerator<ListPiece, void, undefined> {
    const { parts } = list
    const shelf = this.#shelf(list)
    const ahead: Promise<ListPiece>[] = []
    let started = 0
    let bytes = 0
    try {
      while (started < parts.length || ahead.length > 0) {
        for (; started < parts.length && ahead.length <= maxAhead; started += 1) {
          ahead.push(this.#piece(shelf, list, started, bytes))
        }
        const piece = await ahead.shift()
        if (piece !== undefined && piece.packed.length > 0) {
          bytes += piece.packed.bytes.length
          if (bytes > shelf.bytes) this.#account(shelf, bytes)
          yield piece
        }
        if (turn.isOver) await turn.next()
      }
      this.#account(shelf, bytes)
    } finally {
      // Whoever reads may go away in the middle.
      await Promise.allSettled(ahead)
    }
  }

  /** @param before what the parts before it take */
  #piece(shelf: Shelf, list: ListView, index: number, before: number): Promise<ListPiece> {
    const part = list.parts[index] ?? list
    const known = shelf.packed.get(part)
    if (known !== undefined) return readied(known.then((made) => ({ packed: made })))
    const text = Buffer.from(list.text(index))
    const packed = pack(text)
    if (this.#hasRoom(shelf, before)) {
      shelf.packed.set(part, packed)
      // Whoever waits for it is told; the next one is to try again.
      const { packed: kept } = shelf
      packed.catch(() => kept.delete(part))
    }
    return readied(packed.then((made) => ({ packed: made, text })))
  }

  /** The shelf of a list; an empty one when all that was kept is outdated. */
  #shelf({ name, stamp }: ListView): Shelf {
    const known = this.#shelves.get(name)
    this.#shelves.delete(name)
    if (known?.stamp === stamp) {
      this.#shelves.set(name, known)
      return known
    }
    this.#bytes -= known?.bytes ?? 0
    const made: Shelf = { name, stamp, packed: new WeakMap(), bytes: 0 }
    this.#shelves.set(name, made)
    return made
  }

  /** Whether more may be kept of a list: unless it takes everything, or was forgotten meanwhile. */
  #hasRoom(shelf: Shelf, bytes: number): boolean {
    return bytes < this.#maxBytes && this.#shelves.get(shelf.name) === shelf
  }

  /** Counts what a list takes, and forgets others for it where that is too much. */
  #account(shelf: Shelf, bytes: number): void {
    if (this.#shelves.get(shelf.name) !== shelf) return
    const counted = Math.min(bytes, this.#maxBytes)
    this.#bytes += counted - shelf.bytes
    shelf.bytes = counted
    for (const [name, other] of this.#shelves) {
      if (this.#bytes <= this.#maxBytes) return
      if (other === shelf) continue
      this.#shelves.delete(name)
      this.#bytes -= other.bytes
      // It may still be read, and slowly.
      other.packed = new WeakMap()
    }
  }
}

/** Whoever reads hears of a failure when its turn comes; until then nobody may be listening. */
function readied(piece: Promise<ListPiece>): Promise<ListPiece> {
  piece.catch(() => {})
  return piece
}
