import type { ConfigIssue, Place } from '../issue.js'
import type { Places } from '../places.js'
import type { Node } from '../tree/tree.js'

/** What a value prints as: plain data for a YAML writer. A bigint is a whole number beyond 2^53. */
export type Plain =
  | string
  | number
  | bigint
  | boolean
  | null
  | readonly Plain[]
  | { readonly [key: string]: Plain }

/** How secrets print: as `<secret>`, or as they are, for a consumer that has to send them itself. */
export type SecretsAs = 'hidden' | 'revealed'

/**
 * How one kind of value is read from a file, and printed back. As in Go, the type decides what a
 * scalar means: `on` is a boolean to {@link bool} and a word to {@link text}.
 */
export interface Type<T> {
  /** Go's name for it, as Prometheus' error texts have it: `int`, `config.ScrapeConfig`. */
  readonly name: string
  /** What an explicit null (`key:`) gives, which in Go overrides the default. */
  zero(): T
  /**
   * Reads a node that is not null. What is wrong goes to `at.fail`, and some value is returned all
   * the same, so that one pass finds everything.
   */
  decode(node: Node, at: Decoding): T
  /**
   * The value for printing; undefined where it prints as nothing.
   * @param secrets default: hidden
   */
  encode(value: T, secrets?: SecretsAs): Plain | undefined
  /** Whether a struct leaves the key out when printing; without it, Go's `omitempty` rule. */
  isEmpty?(value: T): boolean
}

/** What becomes of a text of a fragment; `path` is where it stands. What it gives is a text, whatever it looks like. */
export type Filling = (text: string, at: { readonly path: string }) => string

/** What was read of a fragment; with issues the value is not to be used. */
export interface ReadFragment<T> {
  readonly value: T
  readonly issues: readonly ConfigIssue[]
}

/** A part of a file that was not read yet: it is read as often as wanted, each time with other texts in it. */
export interface Fragment {
  /** What it says, texts as they stand there: by this alone two fragments are compared. */
  readonly plain: Plain
  /**
   * Reads it with another text in place of each. A text that stays the same is read as it is written: `80` is a
   * number. Places are those in the file, and relative paths start from its folder.
   * @throws what `fill` throws
   */
  read<T>(type: Type<T>, fill: Filling): ReadFragment<T>
}

/** One step of reading a file: knows the node it stands at and the path to it. */
export interface Decoding {
  /** The folder of the file: relative paths in it start there. */
  readonly directory: string
  /** Remembers where decoded values stand, for errors found later. */
  readonly places: Places
  /** What was found wrong in this file so far. */
  readonly issues: readonly ConfigIssue[]
  /**
   * More is wrong than is named: what else is only counted, and values are of no use. A type may leave out
   * what takes time, all but looking for keys and values that it does not know.
   */
  readonly isCounting: boolean
  place(): Place
  /** The place of one key of this map or list; where it was left out, the place of the whole. */
  keyPlace(key: string): Place
  /** Says what is wrong here; reading goes on. */
  fail(message: string, hint?: string): void
  /** Says what is wrong with one key of this map. */
  failKey(key: string, message: string, hint?: string): void
  /** Says what is wrong at a place that was read before. */
  failAt(place: Place, message: string): void
  /** Says what is wrong with a node below this one, which may stand for the key as well. */
  failBelow(node: Node, key: string | number, message: string, hint?: string): void
  /** What a reader makes of a text; it is asked once a file, for files repeat themselves. */
  once<T>(reader: (text: string, at: Decoding) => T, text: string): T
  /** Keeps a node to read it later, once the values for its texts are known. */
  keep(node: Node): Fragment
  /** Reads a value below this one: an explicit null gives the type's zero. */
  read<T>(type: Type<T>, node: Node, key: string | number): T
}
