import { foldKey } from '../../go/json.js'
import { goQuote } from '../../go/quote.js'
import { AnswerError } from './errors.js'

/**
 * What a part of a JSON answer looks like, and how it is read. The rules are those of Go's encoding/json:
 * a value that is missing or null is the type's zero, keys that are not named are ignored, those that are
 * match in any case, and a value of another type is an error. (Go takes no `1.0` for a whole number;
 * JSON.parse makes no difference between that and `1`.)
 */
export interface Shape<T> {
  /** What a missing value and a null give. */
  readonly zero: T
  /**
   * Reads a value that is not null.
   * @throws {Mismatch} for a value of another type
   */
  read(value: unknown): T
}

/** What a shape reads: `type Server = Read<typeof server>`. */
export type Read<S> = S extends Shape<infer T> ? T : never

/** A value does not fit its shape. The path to it grows on the way up. */
export class Mismatch extends Error {
  override readonly name = 'Mismatch'
  #path = ''

  /** The error of a value for the shape around it. */
  static of(expected: string, value: unknown): Mismatch {
    return new Mismatch(`expected ${expected}, got ${kindOf(value)}`)
  }

  /** The same error, said of what is around it. */
  within(step: string): this {
    this.#path = step + this.#path
    return this
  }

  /** `servers[3].id: expected a string, got a number` */
  get text(): string {
    const path = this.#path.replace(/^\./, '')
    return path === '' ? this.message : `${path}: ${this.message}`
  }
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  if (typeof value === 'number' && !Number.isInteger(value)) return 'a fraction'
  if (typeof value === 'number' || typeof value === 'bigint') return 'a number'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/**
 * Reads a whole answer.
 * @param at where it came from, for the error: `https://host/path`
 * @param step where in what came from there, when it is a part: `[7]`
 * @throws {AnswerError} that names the place of a value of another type
 */
export function readShape<T>(shape: Shape<T>, value: unknown, at: string, step = ''): T {
  if (value === undefined || value === null) return shape.zero
  try {
    return shape.read(value)
  } catch (error) {
    if (!(error instanceof Mismatch)) throw error
    throw new AnswerError(`${at}: ${error.within(step).text}`, { cause: error })
  }
}

/** Text. */
export const text: Shape<string> = {
  zero: '',
  read(value) {
    if (typeof value === 'string') return value
    throw Mismatch.of('a string', value)
  },
}

/** `true` or `false`. */
export const bool: Shape<boolean> = {
  zero: false,
  read(value) {
    if (typeof value === 'boolean') return value
    throw Mismatch.of('a boolean', value)
  },
}

/** A whole number to count or compare with, up to 2^53. */
export const int: Shape<number> = {
  zero: 0,
  read(value) {
    if (Number.isSafeInteger(value)) return value as number
    throw Mismatch.of('a whole number up to 2^53', value)
  },
}

/** A whole number of any size that only names something: its digits, as Go prints them. */
export const id: Shape<string> = {
  zero: '0',
  read(value) {
    if (Number.isSafeInteger(value) || typeof value === 'bigint') return String(value)
    throw Mismatch.of('a whole number', value)
  },
}

/** Any number. */
export const float: Shape<number> = {
  zero: 0,
  read(value) {
    if (Number.isFinite(value)) return value as number
    if (typeof value === 'bigint') return Number(value)
    throw Mismatch.of('a number', value)
  },
}

/** Whatever it is, as parsed; undefined for nothing. */
export const any: Shape<unknown> = { zero: undefined, read: (value) => value }

/** Undefined where the value is missing or null: a pointer in Go. */
export function optional<T>(shape: Shape<T>): Shape<T | undefined> {
  return { zero: undefined, read: (value) => shape.read(value) }
}

/** A list; a null in it is the zero of its items. */
export function list<T>(item: Shape<T>): Shape<readonly T[]> {
  return {
    zero: [],
    read(value) {
      if (!Array.isArray(value)) throw Mismatch.of('a list', value)
      const given: readonly unknown[] = value
      const items: T[] = []
      try {
        for (const one of given) items.push(one === null ? item.zero : item.read(one))
      } catch (error) {
        throw stepped(error, `[${String(items.length)}]`)
      }
      return items
    },
  }
}

/** An object with keys of the user's own, such as labels. A null in it is the zero of its values. */
export function map<T>(item: Shape<T>): Shape<ReadonlyMap<string, T>> {
  return {
    zero: new Map(),
    read(value) {
      const given = members(value)
      const entries = new Map<string, T>()
      let at = ''
      try {
        for (const key of Object.keys(given)) {
          at = key
          const one = given[key]
          entries.set(key, one === null ? item.zero : item.read(one))
        }
      } catch (error) {
        throw stepped(error, `[${goQuote(at)}]`)
      }
      return entries
    },
  }
}

type Fields = Readonly<Record<string, Shape<unknown>>>

/** What an object of these fields reads as. */
export type ObjectOf<F extends Fields> = { readonly [K in keyof F]: Read<F[K]> }

/** One field of an object: its name, and how it is read. */
type Field = readonly [name: string, shape: Shape<unknown>]

/** Keys of answers that are remembered; an API has a few dozen, none of them long. */
const mostKnown = 1000
const longestKnown = 128

/** An object with fields of fixed names. Of two keys for one field the later one wins, as in Go. */
export function object<F extends Fields>(fields: F): Shape<ObjectOf<F>> {
  const all: readonly Field[] = Object.entries(fields)
  const zero = Object.fromEntries(all.map(([name, shape]) => [name, shape.zero]))
  // The keys that answers have, and the fields they are for.
  const known = new Map<string, Field | undefined>(all.map((field) => [field[0], field]))
  const folded = new Map<string, Field>(all.toReversed().map((field) => [foldKey(field[0]), field]))

  const fieldOf = (key: string): Field | undefined => {
    const field = known.get(key)
    if (field !== undefined || known.has(key)) return field
    const found = folded.get(foldKey(key))
    if (known.size < mostKnown && key.length <= longestKnown) known.set(key, found)
    return found
  }

  return {
    zero: zero as ObjectOf<F>,
    read(value) {
      const given = members(value)
      // Copied rather than made of entries: all objects of one shape then look alike to V8.
      const out: Record<string, unknown> = { ...zero }
      let at = ''
      try {
        for (const key of Object.keys(given)) {
          const field = fieldOf(key)
          if (field === undefined) continue
          at = key
          const one = given[key]
          if (one !== null) out[field[0]] = field[1].read(one)
        }
      } catch (error) {
        throw stepped(error, `.${at}`)
      }
      return out as ObjectOf<F>
    },
  }
}

function members(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Readonly<Record<string, unknown>>
  }
  throw Mismatch.of('an object', value)
}

function stepped(error: unknown, step: string): unknown {
  return error instanceof Mismatch ? error.within(step) : error
}
