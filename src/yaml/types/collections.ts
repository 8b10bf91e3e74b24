import { soundKeys } from '../issue.js'
import { failType } from './scalars.js'
import { didYouMean } from '../suggest.js'
import { isNull, type Node } from '../tree/tree.js'
import type { Decoding, Type } from './type.js'

/** A value that may be left out: undefined then (a pointer in Go). */
export function optional<T>(type: Type<T>): Type<T | undefined> {
  return {
    name: type.name,
    zero: () => undefined,
    decode: (node, at) => type.decode(node, at),
    encode: (value, secrets) => (value === undefined ? undefined : type.encode(value, secrets)),
    // A pointer to a zero is printed all the same.
    isEmpty: (value) => value === undefined,
  }
}

/** A list, which can also be read item by item. */
export interface ListType<T> extends Type<readonly T[]> {
  /** Reads one item. @returns it alone, or nothing for one that is left out of the value */
  readItem(node: Node, index: number, at: Decoding): readonly T[]
}

/**
 * A list; a null element becomes the element type's zero.
 * @param refuseNull the error text where a null element is a mistake; it is left out of the value
 */
export function list<T>(item: Type<T>, refuseNull?: string): ListType<T> {
  const name = refuseNull === undefined ? `[]${item.name}` : `[]*${item.name}`
  const readItem = (element: Node, index: number, at: Decoding): readonly T[] => {
    if (refuseNull === undefined || !isNull(element)) return [at.read(item, element, index)]
    at.failBelow(element, index, refuseNull)
    return []
  }
  return {
    name,
    zero: () => [],
    readItem,
    decode(node, at) {
      // Go's YAML library takes a lone scalar for a list of one only where asked; Prometheus never asks.
      if (node.kind === 'list') {
        return node.items.flatMap((element, index) => readItem(element, index, at))
      }
      failType(node, at, name)
      return []
    },
    encode: (value, secrets) => value.map((element) => item.encode(element, secrets) ?? null),
  }
}

/** Where a key that stands twice stands first. */
export function firstAt(key: string, at: Decoding): string {
  const { line, column } = at.keyPlace(key)
  return `the first one is at ${String(line)}:${String(column)}`
}

/** A map with keys of the user's own. */
export function map<T>(
  item: Type<T>,
  name = `map[string]${item.name}`,
): Type<Readonly<Record<string, T>>> {
  return {
    name,
    zero: () => ({}),
    decode(node, at) {
      if (node.kind !== 'map') {
        failType(node, at, name)
        return {}
      }
      const seen = new Set<string>()
      return Object.fromEntries(
        node.entries.map(({ key, value }) => {
          if (seen.has(key.text)) {
            at.failBelow(
              key,
              key.text,
              `key "${key.text}" already set in map`,
              firstAt(key.text, at),
            )
          }
          seen.add(key.text)
          return [key.text, at.read(item, value, key.text)]
        }),
      )
    },
    encode: (value, secrets) =>
      Object.fromEntries(
        Object.entries(value)
          .sort(([a], [b]) => (a < b ? -1 : 1))
          .map(([key, element]) => [key, item.encode(element, secrets) ?? null]),
      ),
    isEmpty: (value) => Object.keys(value).length === 0,
  }
}

/** One of a few words. `refuse` gives the error text for any other. */
export function oneOf<const W extends string>(
  words: readonly W[],
  zero: W,
  refuse: (word: string) => string,
): Type<W> {
  return {
    name: 'string',
    zero: () => zero,
    decode(node, at) {
      if (node.kind !== 'scalar') {
        failType(node, at, 'string')
        return zero
      }
      const found = words.find((word) => word === node.text)
      if (found === undefined) at.fail(refuse(node.text), didYouMean(node.text, words))
      return found ?? zero
    },
    encode: (value) => value,
  }
}

/** A type with a further check, run only on values that were read without fault. */
export function checked<T>(
  type: Type<T>,
  check: (value: T, fail: (message: string) => void) => void,
): Type<T> {
  return {
    name: type.name,
    zero: () => type.zero(),
    decode(node, at) {
      const before = at.issues.length
      const value = type.decode(node, at)
      if (at.issues.length === before && !at.isCounting) check(value, (message) => at.fail(message))
      return value
    },
    encode: (value, secrets) => type.encode(value, secrets),
  }
}

/**
 * A type for a map with a further check, run on values with faults as well, so that one reading finds
 * everything. The check asks of the keys it looks at whether they were read without fault.
 */
export function checkedByKey<T>(
  type: Type<T>,
  check: (value: T, at: Decoding, isSound: (...keys: readonly string[]) => boolean) => void,
): Type<T> {
  return {
    ...type,
    decode(node, at) {
      const before = at.issues.length
      const value = type.decode(node, at)
      if (node.kind !== 'map' || at.isCounting) return value
      const found = at.issues.slice(before)
      check(value, at, found.length === 0 ? () => true : soundKeys(found, at.place().path))
      return value
    },
  }
}

/** A type whose value is completed once it is read without fault, as with defaults that depend. */
export function completed<T>(type: Type<T>, complete: (value: T) => T): Type<T> {
  return {
    ...type,
    zero: () => type.zero(),
    decode(node, at) {
      const before = at.issues.length
      const value = type.decode(node, at)
      return at.issues.length === before && !at.isCounting ? complete(value) : value
    },
    encode: (value, secrets) => type.encode(value, secrets),
  }
}
