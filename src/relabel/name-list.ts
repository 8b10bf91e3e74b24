import { compileFunction } from 'node:vm'
import type { Labels } from '../labels/index.js'

/** Orders names by code point, which is the order of their UTF-8 bytes and of labels in Prometheus. */
export function compareNames(a: string, b: string): number {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i += 1) {
    const [left, right] = [a.charCodeAt(i), b.charCodeAt(i)]
    if (left === right) continue
    // Surrogates stand for what comes after every other unit.
    const leftHigh = left >= 0xd800 && left <= 0xdfff
    const rightHigh = right >= 0xd800 && right <= 0xdfff
    return leftHigh === rightHigh ? left - right : leftHigh ? 1 : -1
  }
  return a.length - b.length
}

/**
 * The names of a label set, in order, shared by all sets that have these names; the values of a set
 * are an array beside it.
 */
export class NameList {
  readonly names: readonly string[]
  /** Characters of the names. */
  readonly length: number
  #index: ReadonlyMap<string, number> | undefined
  #builder: LabelsBuilder | undefined

  constructor(names: readonly string[]) {
    this.names = names
    let length = 0
    for (const name of names) length += name.length
    this.length = length
  }

  /** Where a name stands; undefined where the set has no such label. */
  indexOf(name: string): number | undefined {
    this.#index ??= new Map(this.names.map((one, i) => [one, i]))
    return this.#index.get(name)
  }

  /** The label set of these values. */
  labels(values: readonly string[]): Labels {
    this.#builder ??= new LabelsBuilder(
      this.names,
      this.names.map((_, i) => i),
    )
    return this.#builder.build(values)
  }
}

// Making the function takes as long as building a few dozen sets without it.
const generateAfter = 64

/** Builds label sets with the same names from arrays of values. */
export class LabelsBuilder {
  readonly #names: readonly string[]
  readonly #places: readonly number[]
  #generated: ((values: readonly string[]) => Labels) | undefined
  #built = 0

  /** @param places where the value of each name is in the arrays */
  constructor(names: readonly string[], places: readonly number[]) {
    this.#names = names
    this.#places = places
  }

  build(values: readonly string[]): Labels {
    if (this.#generated !== undefined) return this.#generated(values)
    this.#built += 1
    if (this.#built === generateAfter) this.#generated = generate(this.#names, this.#places)
    return Object.fromEntries(
      this.#names.map((name, i) => [name, values[this.#places[i] ?? 0] ?? '']),
    )
  }
}

/**
 * Makes a function with an object literal of these names, which builds label sets ten times as fast
 * as a loop over the names. The names are in it as JSON texts; `__proto__` has to be computed to be a
 * name like others.
 */
function generate(
  names: readonly string[],
  places: readonly number[],
): (values: readonly string[]) => Labels {
  const fields = names.map((name, i) => {
    const key = JSON.stringify(name)
    return `${name === '__proto__' ? `[${key}]` : key}: values[${String(places[i])}]`
  })
  const code = `return { ${fields.join(', ')} }`
  return compileFunction(code, ['values']) as (values: readonly string[]) => Labels
}
