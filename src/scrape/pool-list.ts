/** What a list of a pool holds: elements of the API's two lists, or of an http_sd answer. */
export type ListKind = 'active' | 'dropped' | 'relabeled' | 'raw'

/**
 * One list of a pool as JSON, as it was at the moment it was asked for, however long reading takes.
 * It comes in parts that take about a millisecond to write; iterating gives their texts.
 */
export class PoolList implements Iterable<string> {
  /** Names the list: the kind, and the pool. */
  readonly name: string
  /** Another text when every element is another one, for a reason that all have in common. */
  readonly stamp: string
  /** In order. A part is the same object for as long as its text is the same one. */
  readonly parts: readonly object[]
  readonly #write: (index: number) => string

  constructor(
    name: string,
    stamp: string,
    parts: readonly object[],
    write: (index: number) => string,
  ) {
    this.name = name
    this.stamp = stamp
    this.parts = parts
    this.#write = write
  }

  /** A part as JSON elements with commas between them; empty when there are none. */
  text(index: number): string {
    return this.#write(index)
  }

  *[Symbol.iterator](): Generator<string> {
    for (let i = 0; i < this.parts.length; i += 1) {
      const text = this.#write(i)
      if (text !== '') yield text
    }
  }
}
