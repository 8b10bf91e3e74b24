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
  #build: ((values: readonly string[]) => Labels) | undefined
  #built = 0

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
    if (this.#build !== undefined) return this.#build(values)
    this.#built += 1
    if (this.#built === generateAfter) this.#build = generate(this.names)
    return Object.fromEntries(this.names.map((name, i) => [name, values[i] ?? '']))
  }
}

// Making the function takes as long as building a few dozen sets without it.
const generateAfter = 64

/**
 * Makes a function with an object literal of these names, which builds label sets ten times as fast
 * as a loop over the names. The names are in it as JSON texts; `__proto__` has to be computed to be a
 * name like others.
 */
function generate(names: readonly string[]): (values: readonly string[]) => Labels {
  const fields = names.map((name, i) => {
    const key = JSON.stringify(name)
    return `${name === '__proto__' ? `[${key}]` : key}: values[${String(i)}]`
  })
  const code = `return { ${fields.join(', ')} }`
  return compileFunction(code, ['values']) as (values: readonly string[]) => Labels
}
