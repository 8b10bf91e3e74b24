import { type SchedulerLike, type Subscription, timer } from 'rxjs'
import type { Labels } from '../../labels/index.js'
import type { AnswerLosses, Loss } from './answer-losses.js'
import type { GroupChanges } from '../groups/group-store.js'
import { addressOf } from '../groups/target-difference.js'
import type { TargetGroup } from '../groups/target-group.js'
import type { HeldGroup } from './held-loss.js'

/**
 * For how long a loss is remembered. The watches of a Consul that is back ask it within the 30 seconds
 * that they wait at most between two tries, each for its own service.
 */
export const lossWindowMs = 60_000

/** What went with one answer, but for what has come back since. */
interface RecentLoss {
  readonly source: string
  readonly at: number
  missing: readonly Labels[]
}

interface LosingSource {
  /** As it was before its latest loss. */
  before: TargetGroup
  truth: TargetGroup | undefined
  readonly losses: Set<RecentLoss>
}

/** What one provider has lost in one set within the last minute, and what has come in its place. */
export class ProviderLosses {
  readonly #scheduler: SchedulerLike
  readonly #sources = new Map<string, LosingSource>()
  /** The oldest first. */
  readonly #losses = new Set<RecentLoss>()
  #missing = 0
  /** How many others came since; not more than are missing. */
  #others = 0
  #expiry: Subscription | undefined

  constructor(scheduler: SchedulerLike) {
    this.#scheduler = scheduler
  }

  /** Nothing is left to remember. */
  get isEmpty(): boolean {
    return this.#losses.size === 0
  }

  /** How many targets less there are. */
  get size(): number {
    return this.#missing - this.#others
  }

  /** Remembers what an answer took, and forgets what it brought back. */
  note(changes: GroupChanges, { losses, arrived }: AnswerLosses): void {
    const returned = this.#takeBack(changes)
    for (const loss of losses) this.#add(loss)
    this.#others = Math.min(this.#missing, this.#others + Math.max(0, arrived - returned))
    this.#settle()
  }

  /** All that went, by source, as if it were still there. */
  revived(): ReadonlyMap<string, HeldGroup> {
    const all = Array.from(this.#sources, ([source, { before, truth, losses }]) => {
      const missing = [...losses].flatMap((loss) => loss.missing)
      const targets = [...(truth?.targets ?? []), ...missing]
      return [source, { shown: { ...(truth ?? before), targets }, truth, missing }] as const
    })
    return new Map(all)
  }

  /** Forgets everything. */
  close(): void {
    this.#expiry?.unsubscribe()
    this.#expiry = undefined
    this.#sources.clear()
    this.#losses.clear()
    this.#missing = 0
    this.#others = 0
  }

  /** @returns how many of the missing targets are there again */
  #takeBack(changes: GroupChanges): number {
    if (this.#missing === 0) return 0
    const before = this.#missing
    for (const [source, { after }] of changes) {
      const known = this.#sources.get(source)
      if (known === undefined) continue
      known.truth = after
      const there = new Set(after?.targets.map(addressOf))
      for (const loss of known.losses) {
        const missing = loss.missing.filter((target) => !there.has(addressOf(target)))
        this.#missing -= loss.missing.length - missing.length
        loss.missing = missing
        if (missing.length === 0) this.#forget(loss)
      }
    }
    return before - this.#missing
  }

  #add({ source, change: { before, after }, missing }: Loss): void {
    if (before === undefined || missing.length === 0) return
    const loss: RecentLoss = { source, at: this.#scheduler.now(), missing }
    const known = this.#sources.get(source) ?? { before, truth: after, losses: new Set() }
    known.before = before
    known.truth = after
    known.losses.add(loss)
    this.#sources.set(source, known)
    this.#losses.add(loss)
    this.#missing += missing.length
  }

  #forget(loss: RecentLoss): void {
    this.#losses.delete(loss)
    const known = this.#sources.get(loss.source)
    known?.losses.delete(loss)
    if (known?.losses.size === 0) this.#sources.delete(loss.source)
  }

  #expire(): void {
    const now = this.#scheduler.now()
    for (const loss of this.#losses) {
      const age = now - loss.at
      // Younger than nothing: the clock was set back, and says no more how old it is.
      if (age >= 0 && age < lossWindowMs) break
      this.#forget(loss)
      this.#missing -= loss.missing.length
      // What came in place of others came in place of the oldest first.
      this.#others = Math.max(0, this.#others - loss.missing.length)
    }
    this.#expiry = undefined
    this.#settle()
  }

  #settle(): void {
    this.#others = Math.min(this.#others, this.#missing)
    const [oldest] = this.#losses
    if (oldest === undefined) {
      this.close()
    } else if (this.#expiry === undefined) {
      const left = oldest.at + lossWindowMs - this.#scheduler.now()
      const wait = Math.min(Math.max(0, left), lossWindowMs)
      this.#expiry = timer(wait, this.#scheduler).subscribe(() => this.#expire())
    }
  }
}
