import type { Labels } from '../../labels/index.js'

/** V8 does not lay out larger objects in one piece. */
const mostNames = 128
/** A label with more values than this is one of ids or addresses: few of its values come twice. */
const mostValues = 256

/** Labels without values yet. */
type Template = Readonly<Record<string, string | null>>

/**
 * Puts the labels of many groups together so that they take little memory. Those with the same names share one
 * V8 hidden class: an object that gets its names one by one grows a class of its own, or becomes a hash
 * table. And a value that many have, such as an image, is kept once. Made for one poll.
 */
export class SharedLabels {
  /** The last names of each number of them. */
  readonly #templates = new Map<number, Template>()
  /** The values of each label; of one that has too many, the first. */
  readonly #values = new Map<string, Map<string, string>>()

  /** All labels of these parts; of two with one name the later one wins. */
  merge(...parts: readonly (Labels | undefined)[]): Labels {
    let count = 0
    for (const part of parts) for (const _ in part) count += 1
    const template = this.#templates.get(count)
    const known = template && this.#filled(template, parts)
    if (known !== undefined) return known
    const labels: Labels = Object.assign({}, ...parts)
    const names = Object.keys(labels)
    if (names.length !== count || count > mostNames) return labels
    // Only what JSON.parse makes has all its members in the object itself, however many there are.
    const empty = JSON.stringify(Object.fromEntries(names.map((name) => [name, null])))
    const made = JSON.parse(empty) as Template
    this.#templates.set(count, made)
    return this.#filled(made, parts) ?? labels
  }

  /** A copy of a template with the values of these parts; undefined where they have other names, or one twice. */
  #filled(template: Template, parts: readonly (Labels | undefined)[]): Labels | undefined {
    const labels: Record<string, string | null> = { ...template }
    for (const part of parts) {
      for (const name in part) {
        if (labels[name] !== null) return undefined
        labels[name] = this.#shared(name, part[name] ?? '')
      }
    }
    // As many names as the template has, each once: all have a value.
    return labels as Labels
  }

  #shared(name: string, value: string): string {
    let values = this.#values.get(name)
    if (values === undefined) this.#values.set(name, (values = new Map()))
    const known = values.get(value)
    if (known === undefined && values.size < mostValues) values.set(value, value)
    return known ?? value
  }
}
