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

/** Which names a consumer takes: those with any name, or those that Prometheus 2 knows as well. */
export type SdNames = 'utf8' | 'legacy'

/** Which labels an http_sd answer gives beside the address. */
export interface SdLabels {
  readonly names: SdNames
  /** Without those that begin with `__`. */
  readonly isPlain: boolean
  /** With `__scrape_interval__` and `__scrape_timeout__`, which replace the settings of the consumer's own job. */
  readonly hasSettings: boolean
  readonly hasInstance: boolean
}

const paramPrefix = '__param_'
const settings: readonly string[] = ['__scrape_interval__', '__scrape_timeout__']
const legacyName = /^[A-Za-z_][A-Za-z0-9_]*$/

/** What the lists show of label sets that have the same names. */
class NameSelections {
  /** The labels that a scraped series gets. */
  readonly publicLabels: NameSelection
  /** All but a label without a name. */
  readonly named: NameSelection
  /** Parameters of the URL, and where their values stand. */
  readonly params: readonly { readonly name: string; readonly at: number }[]

  readonly #names: readonly string[]
  readonly #forSd: (NameSelection | undefined)[] = []

  constructor(names: readonly string[]) {
    this.#names = names
    this.publicLabels = new NameSelection(names, (name) => !name.startsWith('__'))
    this.named = new NameSelection(names, (name) => name !== '')
    this.params = names.flatMap((name, at) =>
      name.startsWith(paramPrefix) ? [{ name: name.slice(paramPrefix.length), at }] : [],
    )
  }

  /**
   * What an http_sd answer says of the labels, besides the address. A labelmap may make a label with an
   * empty name; Prometheus would refuse the whole answer because of it, as Prometheus 2 does for other names.
   */
  forSd({ names, isPlain, hasSettings, hasInstance }: SdLabels): NameSelection {
    const legacy = names === 'legacy'
    const key =
      Number(legacy) + 2 * Number(isPlain) + 4 * Number(hasSettings) + 8 * Number(hasInstance)
    const known = this.#forSd[key]
    if (known !== undefined) return known
    const made = new NameSelection(this.#names, (name) => {
      if (name === '__address__' || name === '') return false
      if (legacy && !legacyName.test(name)) return false
      if (isPlain && name.startsWith('__')) return false
      return (hasSettings || !settings.includes(name)) && (hasInstance || name !== 'instance')
    })
    this.#forSd[key] = made
    return made
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
