import type { Labels } from '../../labels/index.js'
import type { LabelValues, NameList } from '../../relabel/index.js'
import { HolderQueue } from './holder-queue.js'

/** A target group in a pool, as a target knows it. */
export interface TargetHolder {
  /** The group now lists a target that another group listed before, or the other way round. */
  listingChanged(): void
}

/**
 * An active target: the labels it is known by. Groups that give the same labels share one target;
 * the first of them lists it.
 */
export class Target implements LabelValues {
  readonly list: NameList
  readonly values: readonly string[]
  #listedBy: TargetHolder
  #others: HolderQueue<TargetHolder> | undefined
  /** The number of the last group build that gave the target. */
  lastBuild = 0

  constructor(list: NameList, values: readonly string[], holder: TargetHolder) {
    this.list = list
    this.values = values
    this.#listedBy = holder
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

  isListedBy(holder: TargetHolder): boolean {
    return this.#listedBy === holder
  }

  /** Another group has the same target. */
  addHolder(holder: TargetHolder): void {
    if (this.#listedBy === holder) return
    this.#others ??= new HolderQueue()
    this.#others.add(holder)
  }

  /**
   * A group has the target no longer; if it listed it, the next one does.
   * @returns whether no group has it any more
   */
  removeHolder(holder: TargetHolder): boolean {
    if (this.#listedBy !== holder) {
      this.#others?.delete(holder)
      return false
    }
    const next = this.#others?.shift()
    if (next === undefined) return true
    this.#listedBy = next
    next.listingChanged()
    holder.listingChanged()
    return false
  }

  /** Whether these are the target's labels. */
  is(list: NameList, values: readonly string[]): boolean {
    if (values.length !== this.values.length) return false
    for (let i = 0; i < values.length; i += 1) if (values[i] !== this.values[i]) return false
    return list === this.list || list.names.every((name, i) => name === this.list.names[i])
  }
}
