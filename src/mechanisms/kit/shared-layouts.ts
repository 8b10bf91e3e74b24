import type { Labels } from '../../labels/index.js'

/** V8 does not lay out larger objects in one piece. */
const mostNames = 128

/** Labels without values yet. */
type Template = Readonly<Record<string, string | null>>

/**
 * Puts the labels of many groups together so that those with the same names share one V8 hidden class. An
 * object that gets its names one by one grows a class of its own, or becomes a hash table: several
 * times the memory.
 */
export class SharedLayouts {
  /** The last names of each number of them. */
  readonly #templates = new Map<number, Template>()

  /** All labels of these parts; of two with one name the later one wins. */
  merge(...parts: readonly (Labels | undefined)[]): Labels {
    let count = 0
    for (const part of parts) for (const _ in part) count += 1
    const template = this.#templates.get(count)
    const known = template && filled(template, parts)
    if (known !== undefined) return known
    const labels: Labels = Object.assign({}, ...parts)
    const names = Object.keys(labels)
    if (names.length !== count || count > mostNames) return labels
    // Only what JSON.parse makes has all its members in the object itself, however many there are.
    const empty = JSON.stringify(Object.fromEntries(names.map((name) => [name, null])))
    const made = JSON.parse(empty) as Template
    this.#templates.set(count, made)
    return filled(made, parts) ?? labels
  }
}

/** A copy of a template with the values of these parts; undefined where they have other names, or one twice. */
function filled(template: Template, parts: readonly (Labels | undefined)[]): Labels | undefined {
  const labels: Record<string, string | null> = { ...template }
  for (const part of parts) {
    for (const name in part) {
      if (labels[name] !== null) return undefined
      labels[name] = part[name] ?? ''
    }
  }
  // As many names as the template has, each once: all have a value.
  return labels as Labels
}
