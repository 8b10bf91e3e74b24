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
const legacyName = /^[A-Za-z_][A-Za-z0-9_]*$/

/** What the lists show of label sets that have the same names. */
class NameSelections {
  /** The labels that a scraped series gets. */
  readonly publicLabels: NameSelection
  /**
   * What an http_sd answer can say of the labels, besides the address. A labelmap may make a label with an
   * empty name; Prometheus would refuse the whole answer because of it.
   */
  readonly forHttpSd: NameSelection
  /** The same for a consumer that knows only names of old, as Prometheus 2: it refuses an answer with others. */
  readonly forLegacyHttpSd: NameSelection
  /** Parameters of the URL, and where their values stand. */
  readonly params: readonly { readonly name: string; readonly at: number }[]

  constructor(names: readonly string[]) {
    this.publicLabels = new NameSelection(names, (name) => !name.startsWith('__'))
    this.forHttpSd = new NameSelection(names, (name) => name !== '__address__' && name !== '')
    this.forLegacyHttpSd = new NameSelection(
      names,
      (name) => name !== '__address__' && legacyName.test(name),
    )
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
