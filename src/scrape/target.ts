import type { Labels } from '../labels/index.js'
import type { Collected, NameList } from '../relabel/index.js'

/** A place in a pool that holds targets: one for each target group. */
export interface Holder {
  /** Tells that it shows other targets of its own than before. */
  shownChanged(): void
}

/**
 * An active target: the labels it is known by. Groups that give the same labels share one target;
 * the first of them shows it.
 */
export class Target implements Collected {
  readonly list: NameList
  readonly values: readonly string[]
  #shownBy: Holder
  #others: Holder[] | undefined
  /** The last group build that met the target. */
  mark = 0

  constructor(list: NameList, values: readonly string[], holder: Holder) {
    this.list = list
    this.values = values
    this.#shownBy = holder
  }

  /** A label's value after relabelling, empty where there is none. */
  value(name: string): string {
    const at = this.list.indexOf(name)
    return at === undefined ? '' : (this.values[at] ?? '')
  }

  /** All labels after relabelling, `__address__` and the like included. */
  labels(): Labels {
    return this.list.labels(this.values)
  }

  isShownBy(holder: Holder): boolean {
    return this.#shownBy === holder
  }

  /** Another group has the same target. */
  hold(holder: Holder): void {
    if (this.#shownBy === holder) return
    this.#others ??= []
    if (!this.#others.includes(holder)) this.#others.push(holder)
  }

  /**
   * A group has the target no longer; if it showed it, the next one does.
   * @returns whether nobody has it any more
   */
  release(holder: Holder): boolean {
    if (this.#shownBy !== holder) {
      this.#others = this.#others?.filter((other) => other !== holder)
      return false
    }
    const next = this.#others?.shift()
    if (next === undefined) return true
    this.#shownBy = next
    next.shownChanged()
    holder.shownChanged()
    return false
  }

  /** Whether these are the target's labels. */
  is(list: NameList, values: readonly string[]): boolean {
    if (values.length !== this.values.length) return false
    for (let i = 0; i < values.length; i += 1) if (values[i] !== this.values[i]) return false
    return list === this.list || list.names.every((name, i) => name === this.list.names[i])
  }
}
