import type { Labels } from '../../labels/index.js'
import { NameList } from '../../relabel/index.js'

/** Some of the names of a label set, and where their values stand. */
export class NameSelection {
  readonly #list: NameList
  readonly #at: readonly number[]

  constructor(names: readonly string[], wanted: (name: string) => boolean) {
    this.#at = names.flatMap((name, i) => (wanted(name) ? [i] : []))
    this.#list = new NameList(names.filter(wanted))
  }

  /** The labels of these names, out of the values of all. */
  labels(values: readonly string[]): Labels {
    return this.#list.labels(this.#at.map((at) => values[at] ?? ''))
  }
}

const paramPrefix = '__param_'

/** What the lists show of label sets that have the same names. */
class NameSelections {
  /** The labels that a scraped series gets. */
  readonly publicLabels: NameSelection
  /** Everything but the address. */
  readonly withoutAddress: NameSelection
  /** Parameters of the URL, and where their values stand. */
  readonly params: readonly { readonly name: string; readonly at: number }[]

  constructor(names: readonly string[]) {
    this.publicLabels = new NameSelection(names, (name) => !name.startsWith('__'))
    this.withoutAddress = new NameSelection(names, (name) => name !== '__address__')
    this.params = names.flatMap((name, at) =>
      name.startsWith(paramPrefix) ? [{ name: name.slice(paramPrefix.length), at }] : [],
    )
  }
}

/** Makes the selections of each name list once; they go with the name list. */
export class SelectionCache {
  readonly #selections: WeakMap<NameList, NameSelections> = new WeakMap()

  of(list: NameList): NameSelections {
    let selections = this.#selections.get(list)
    if (selections === undefined) {
      selections = new NameSelections(list.names)
      this.#selections.set(list, selections)
    }
    return selections
  }
}
