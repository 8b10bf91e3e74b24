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
  readonly #template: Labels
  readonly #index: ReadonlyMap<string, number>

  constructor(names: readonly string[]) {
    this.names = names
    this.#index = new Map(names.map((name, i) => [name, i]))
    // JSON.parse makes an object that V8 copies quickly, and is safe for a label named `__proto__`.
    this.#template = JSON.parse(
      `{${names.map((name) => `${JSON.stringify(name)}:""`).join(',')}}`,
    ) as Labels
  }

  /** Where a name stands; undefined where the set has no such label. */
  indexOf(name: string): number | undefined {
    return this.#index.get(name)
  }

  /** The label set of these values. */
  labels(values: readonly string[]): Labels {
    const { names } = this
    const labels: Record<string, string> = { ...this.#template }
    for (let i = 0; i < names.length; i += 1) labels[names[i] ?? ''] = values[i] ?? ''
    return labels
  }
}
