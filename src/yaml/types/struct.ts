import { firstAt } from './collections.js'
import { failType } from './scalars.js'
import { Secret } from './secret.js'
import { didYouMean } from '../suggest.js'
import type { MapEntry, ScalarNode } from '../tree/tree.js'
import type { Decoding, Plain, Type } from './type.js'

/** One key of a struct. */
export interface Field<T> {
  readonly type: Type<T>
  /** What a left-out key gives. */
  initial(): T
  /** Printed even when it is empty or zero. */
  readonly always: boolean
  /** The keys of its struct stand among those of the owner (`yaml:",inline"` in Go). */
  readonly inline: boolean
}

/** A key; printed only when it is not empty, unless `always`. */
export function field<T>(type: Type<T>, initial?: T, options: { always?: boolean } = {}): Field<T> {
  return {
    type,
    initial: initial === undefined ? () => type.zero() : () => initial,
    always: options.always ?? false,
    inline: false,
  }
}

/** A struct whose keys stand among those of its owner. */
export function inline<T>(type: StructType<T>): Field<T> {
  return { type, initial: () => type.defaults(), always: true, inline: true }
}

/** A map with fixed keys. */
export interface StructType<T> extends Type<T> {
  /** The value of a map that has no keys at all. */
  defaults(): T
  /** Every key it knows, those of inline structs included. */
  readonly keys: ReadonlySet<string>
  /** The type of a key, other than those of inline structs. */
  typeOf(key: string): Type<unknown> | undefined
  /**
   * Reads the entries that are its own out of a larger map.
   * @param early what was read of entries before, by key
   */
  decodeEntries(entries: readonly MapEntry[], at: Decoding, early?: ReadonlyMap<string, unknown>): T
  /** The same with all entries of a map: others are unknown keys. */
  decodeAll(entries: readonly MapEntry[], at: Decoding, early?: ReadonlyMap<string, unknown>): T
}

type Fields = Readonly<Record<string, Field<unknown>>>
/** The value a struct of these fields has. */
export type StructValue<F extends Fields> = {
  readonly [K in keyof F]: F[K] extends Field<infer T> ? T : never
}

/**
 * A type for a map with fixed keys, in printing order. An unknown key, and one that stands twice, is
 * an error; a key of null has its type's zero.
 * @param check runs after a read without fault; `at.failKey(key, message)` says what is wrong
 */
export function struct<F extends Fields>(
  name: string,
  fields: F,
  check?: (value: StructValue<F>, at: Decoding, has: (key: string) => boolean) => void,
): StructType<StructValue<F>> {
  const own = new Map<string, Field<unknown>>(Object.entries(fields))
  const keys = new Set<string>()
  for (const [key, { type, inline: isInline }] of own) {
    if (isInline) for (const inner of (type as StructType<unknown>).keys) keys.add(inner)
    else keys.add(key)
  }

  const meantOf = (word: string): string | undefined => didYouMean(word, keys)

  // A plain loop: this runs for every rule and section of a large file. The keys are the program's own.
  const build = (read: (key: string, part: Field<unknown>) => unknown): StructValue<F> => {
    const value: Record<string, unknown> = {}
    for (const [key, part] of own) value[key] = read(key, part)
    return value as StructValue<F>
  }

  const defaults = (): StructValue<F> => build((_, part) => part.initial())

  /** The type of each key, those of inline structs included. */
  const types = new Map<string, Type<unknown>>()
  for (const [key, { type, inline: isInline }] of own) {
    const inner = isInline ? (type as StructType<unknown>) : undefined
    if (inner === undefined) types.set(key, type)
    else for (const below of inner.keys) types.set(below, inner.typeOf(below) ?? type)
  }
  let nothing: StructValue<F> | undefined

  /** Looks for what is wrong, key by key, and makes no value. */
  const countEntries = (entries: readonly MapEntry[], at: Decoding): StructValue<F> => {
    const written = new Set<string>()
    for (const { key, value, isMerged } of entries) {
      const type = types.get(key.text)
      if (type === undefined) continue
      if (isMerged === undefined && written.has(key.text)) failTwice(key, at, name)
      if (isMerged === undefined) written.add(key.text)
      at.read(type, value, key.text)
    }
    return (nothing ??= defaults())
  }

  const decodeEntries = (
    entries: readonly MapEntry[],
    at: Decoding,
    early?: ReadonlyMap<string, unknown>,
  ): StructValue<F> => {
    if (at.isCounting) return countEntries(entries, at)
    const before = at.issues.length
    const given = new Map<string, MapEntry>()
    const written = new Set<string>()
    for (const entry of entries) {
      const key = entry.key.text
      given.set(key, entry)
      if (entry.isMerged || !own.has(key)) continue
      if (written.has(key)) failTwice(entry.key, at, name)
      written.add(key)
    }
    const value = build((key, part) => {
      if (part.inline) {
        const nested = part.type as StructType<unknown>
        const inside = nested.decodeEntries(
          entries.filter((entry) => nested.keys.has(entry.key.text)),
          at,
        )
        at.places.remember(inside, at)
        return inside
      }
      if (early?.has(key) === true) return early.get(key)
      const entry = given.get(key)
      return entry === undefined ? part.initial() : at.read(part.type, entry.value, key)
    })
    if (at.issues.length === before) check?.(value, at, (key) => given.has(key))
    return value
  }

  const decodeAll: StructType<StructValue<F>>['decodeAll'] = (entries, at, early) => {
    for (const { key } of entries) {
      if (!keys.has(key.text)) failUnknown(key.text, at, name, meantOf)
    }
    return decodeEntries(entries, at, early)
  }

  return {
    name,
    keys,
    zero: () => build((_, part) => part.type.zero()),
    defaults,
    typeOf: (key) => types.get(key),
    decodeEntries,
    decodeAll,
    decode(node, at) {
      if (node.kind === 'map') return decodeAll(node.entries, at)
      failType(node, at, name)
      return defaults()
    },
    encode(value, secrets) {
      const out: [string, Plain][] = []
      for (const [key, part] of own) {
        const inner = value[key]
        const plain = part.type.encode(inner, secrets)
        if (part.inline) out.push(...Object.entries((plain ?? {}) as Record<string, Plain>))
        else if (part.always || !emptyFor(part.type, inner)) out.push([key, plain ?? null])
      }
      return Object.fromEntries(out)
    },
  }
}

/**
 * Reports a key that a struct does not have, with the one that was probably meant.
 * @param meantOf finds that one; asked once for each word of a file
 */
export function failUnknown(
  key: string,
  at: Decoding,
  name: string,
  meantOf: (word: string) => string | undefined,
): void {
  at.failKey(key, `field ${key} not found in type ${name}`, at.once(meantOf, key))
}

/** Reports a key that stands twice in a struct; a merge key may set it once more. */
export function failTwice(key: ScalarNode, at: Decoding, name: string): void {
  const message = `field ${key.text} already set in type ${name}`
  at.failBelow(key, key.text, message, firstAt(key.text, at))
}

function emptyFor(type: Type<unknown>, value: unknown): boolean {
  return type.isEmpty?.(value) ?? isEmpty(value)
}

/** Go's `omitempty`: false, 0, nothing, an empty text, list, map or struct of such. */
function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === '' || value === 0 || value === false)
    return true
  if (value instanceof Secret) return value.isEmpty
  if (Array.isArray(value)) return value.length === 0
  return typeof value === 'object' && Object.values(value).every(isEmpty)
}
