import { NameList } from '../relabel/index.js'

/** Some of the names of a list, and where their values stand. */
export class Selection {
  readonly #list: NameList
  readonly #at: readonly number[]

  constructor(names: readonly string[], wanted: (name: string) => boolean) {
    this.#at = names.flatMap((name, i) => (wanted(name) ? [i] : []))
    this.#list = new NameList(names.filter(wanted))
  }

  /** The labels of these names, out of the values of all. */
  labels(values: readonly string[]): Readonly<Record<string, string>> {
    return this.#list.labels(this.#at.map((at) => values[at] ?? ''))
  }
}

const paramPrefix = '__param_'

/** What the lists of a pool take from targets that have the same label names. */
export class NameView {
  /** The labels that are not the scraper's own business. */
  readonly shown: Selection
  /** Everything but the address. */
  readonly withoutAddress: Selection
  /** Parameters of the URL, and where their values stand. */
  readonly params: readonly { readonly name: string; readonly at: number }[]

  constructor(names: readonly string[]) {
    this.shown = new Selection(names, (name) => !name.startsWith('__'))
    this.withoutAddress = new Selection(names, (name) => name !== '__address__')
    this.params = names.flatMap((name, at) =>
      name.startsWith(paramPrefix) ? [{ name: name.slice(paramPrefix.length), at }] : [],
    )
  }
}

/** The views of the lists that are in use. */
export class NameViews {
  readonly #views: WeakMap<NameList, NameView> = new WeakMap()

  of(list: NameList): NameView {
    let view = this.#views.get(list)
    if (view === undefined) {
      view = new NameView(list.names)
      this.#views.set(list, view)
    }
    return view
  }
}
