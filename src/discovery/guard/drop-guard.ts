import { type SchedulerLike, timer } from 'rxjs'
import { timerMs } from '../../run/index.js'
import type { Labels } from '../../labels/index.js'
import type { Logger } from '../../telemetry/index.js'
import { type AnswerLosses, lossesOf, weigh } from './answer-losses.js'
import type { GroupChange, GroupChanges } from '../groups/group-store.js'
import { lossWindowMs } from './loss-account.js'
import { RecentLosses } from './recent-losses.js'
import type { TargetGroup } from '../groups/target-group.js'
import { Trip } from './held-loss.js'

/** When a loss of targets is not believed at once. */
export interface GuardRule {
  /** More than this share of a set's targets go, with one answer or within a minute; 0 to 1. */
  readonly share: number
  /** At least so many targets go. */
  readonly minimum: number
  /** So many answers in a row that say the same, the first included, confirm it. */
  readonly answers: number
  /** It stands for so long: that confirms it as well; milliseconds. */
  readonly afterMs: number
}

/** What the guard does for one set. */
export interface GuardStatus {
  readonly set: string
  /** Somebody asked that no target of the set goes. */
  readonly isFrozen: boolean
  /** How many targets are there only because of the guard. */
  readonly heldTargets: number
  /** Since when, in milliseconds since 1970; undefined while none is held. */
  readonly since: number | undefined
}

/** The outcome of an answer. */
export interface Admission {
  /** What changes in the set now. */
  readonly shown: GroupChanges
  /** What the answer says and the set does not show. */
  readonly held: GroupChanges
  /** What the set shows now is what the answer says; it was held before. */
  readonly isReleased: boolean
  /** What went of late and is shown again, by provider: it comes before all of the above. */
  readonly revived: ReadonlyMap<string, GroupChanges>
}

export interface DropGuardOptions {
  /** Without a rule only frozen sets are guarded. */
  readonly rule?: GuardRule
  readonly scheduler: SchedulerLike
  readonly logger: Logger
  /** What was held for long enough: the set is to show it. */
  readonly onRelease: (set: string, provider: string, changes: GroupChanges) => void
  readonly onTrip: (set: string) => void
}

/**
 * Keeps targets that would go in masses, with one answer or with several in a short time, until the
 * loss is confirmed: an empty answer of a registry in trouble must not empty everybody's target list.
 * What an answer adds shows at once.
 */
export class DropGuard {
  readonly #options: DropGuardOptions
  readonly #frozen = new Set<string>()
  readonly #trips = new Map<string, Map<string, Trip>>()
  readonly #recent: RecentLosses

  constructor(options: DropGuardOptions) {
    this.#options = options
    this.#recent = new RecentLosses(options.scheduler)
  }

  /**
   * Decides what a set shows of an answer.
   * @param total the number of the set's targets as the providers have them after it
   */
  admit(set: string, provider: string, changes: GroupChanges, total: number): Admission {
    const known = this.#trips.get(set)?.get(provider)
    if (known !== undefined) return this.#answer(set, provider, known, changes)
    const { rule } = this.#options
    const isFrozen = this.#frozen.has(set)
    if (rule === undefined && !isFrozen) return passed(changes)
    const losses = lossesOf(changes)
    const isHarmless = losses.every(({ missing }) => missing.length === 0)
    if (isHarmless && !this.#recent.has(set, provider)) return passed(changes)
    const weighed = weigh(losses)
    if (isFrozen && weighed.lost > 0) {
      return this.#answer(set, provider, this.#open(set, provider, weighed.lost), changes)
    }
    if (rule === undefined || isFrozen) return passed(changes)
    if (!this.#isTooMuch(rule, set, provider, weighed, total)) {
      this.#recent.note(set, provider, changes, weighed)
      return passed(changes)
    }
    const revived = this.#revive(set, provider, weighed.lost)
    const trip = this.#trips.get(set)?.get(provider) ?? this.#open(set, provider, weighed.lost)
    return { ...this.#answer(set, provider, trip, changes), revived }
  }

  /** What a set shows in place of a provider's groups, by source. */
  held(set: string, provider: string): ReadonlyMap<string, TargetGroup> {
    const trip = this.#trips.get(set)?.get(provider)
    return new Map(Array.from(trip?.held ?? [], ([source, { shown }]) => [source, shown]))
  }

  /** From now on no target of the set goes, until {@link accept}. */
  freeze(set: string): void {
    this.#frozen.add(set)
    this.#recent.forget(set)
  }

  /** Believes everything that is held in a set, and thaws it. */
  accept(set: string): void {
    this.#frozen.delete(set)
    this.#recent.forget(set)
    for (const provider of this.#trips.get(set)?.keys() ?? []) {
      this.#release(set, provider, 'somebody')
    }
  }

  /** The set is gone, or one provider of it. */
  forget(set: string, provider?: string): void {
    this.#recent.forget(set, provider)
    for (const name of this.#trips.get(set)?.keys() ?? []) {
      if (provider === undefined || name === provider) this.#end(set, name)
    }
    if (provider === undefined) this.#frozen.delete(set)
  }

  /** The sets of which something is held, or that are frozen. */
  status(): readonly GuardStatus[] {
    return [...new Set([...this.#frozen, ...this.#trips.keys()])].map((set) => {
      const trips = [...(this.#trips.get(set)?.values() ?? [])]
      return {
        set,
        isFrozen: this.#frozen.has(set),
        heldTargets: this.heldTargets(set),
        since: trips.length === 0 ? undefined : Math.min(...trips.map((trip) => trip.since)),
      }
    })
  }

  /** How many targets of a set are there only because of the guard. */
  heldTargets(set: string): number {
    let sum = 0
    for (const { missing } of this.#trips.get(set)?.values() ?? []) sum += missing
    return sum
  }

  close(): void {
    this.#recent.close()
    for (const set of this.#trips.keys()) this.forget(set)
  }

  /** Judges an answer by itself, and together with what went before it. */
  #isTooMuch(
    { share, minimum }: GuardRule,
    set: string,
    provider: string,
    { lost, arrived, gain }: AnswerLosses,
    total: number,
  ): boolean {
    if (lost === 0) return false
    const passes = (gone: number, of: number): boolean => gone >= minimum && gone > share * of
    const shown = total + this.heldTargets(set)
    if (passes(lost, shown - gain)) return true
    const less = this.#recent.sum(set, provider, lost - arrived)
    return less > 0 && passes(less + this.#heldOfLate(set), shown + less)
  }

  /** How many targets are held since a moment ago: they went together with what goes now. */
  #heldOfLate(set: string): number {
    const now = this.#options.scheduler.now()
    let sum = 0
    for (const { since, missing } of this.#trips.get(set)?.values() ?? []) {
      if (since <= now && now - since < lossWindowMs) sum += missing
    }
    return sum
  }

  /**
   * Brings back what a set lost of late.
   * @param lost what one provider is about to lose on top
   * @returns what the set is to show, by provider
   */
  #revive(set: string, provider: string, lost: number): ReadonlyMap<string, GroupChanges> {
    const all = Array.from(this.#recent.take(set), ([name, held]) => {
      const gone = [...held.values()].reduce((sum, { missing }) => sum + missing.length, 0)
      const trip = this.#open(set, name, name === provider ? gone + lost : gone)
      trip.answers = 1
      const changes = Array.from(held, ([source, group]) => {
        trip.set(source, group)
        return [source, { before: group.truth, after: group.shown }] as const
      })
      return [name, new Map(changes)] as const
    })
    return new Map(all)
  }

  #open(set: string, provider: string, lost: number): Trip {
    const { rule, scheduler, logger, onTrip } = this.#options
    const trip = new Trip(scheduler.now())
    const trips = this.#trips.get(set) ?? new Map<string, Trip>()
    this.#trips.set(set, trips.set(provider, trip))
    if (rule !== undefined) {
      trip.timer = timer(timerMs(rule.afterMs), scheduler).subscribe(() => {
        if (!this.#frozen.has(set)) this.#release(set, provider, 'time')
      })
    }
    logger.warn('Mass drop held back', { config: set, provider, targets: lost })
    onTrip(set)
    return trip
  }

  #answer(set: string, provider: string, trip: Trip, changes: GroupChanges): Admission {
    const shown = new Map<string, GroupChange>()
    const held = new Map<string, GroupChange>()
    let isNews = false
    for (const { source, change, missing } of weigh(lossesOf(changes, trip.held)).losses) {
      const kept = keep(change, missing)
      if (missing.length > 0 && kept !== undefined) {
        isNews = trip.set(source, { shown: kept, truth: change.after, missing }) || isNews
        held.set(source, change)
      } else isNews = trip.set(source, undefined) || isNews
      if (kept !== change.before) shown.set(source, { before: change.before, after: kept })
    }
    // A provider that answers about one service at a time says nothing of what is missing in others.
    if (isNews) trip.answers = 1
    else if (changes.size === 0) trip.answers += 1
    if (trip.held.size === 0) this.#end(set, provider)
    const isConfirmed = trip.answers >= (this.#options.rule?.answers ?? Infinity)
    if (trip.held.size === 0 || !isConfirmed || this.#frozen.has(set)) {
      return { shown, held, isReleased: false, revived: new Map() }
    }
    return {
      shown: new Map([...shown, ...this.#settle(set, provider, trip, 'answers')]),
      held: new Map(),
      isReleased: true,
      revived: new Map(),
    }
  }

  #release(set: string, provider: string, by: string): void {
    const trip = this.#trips.get(set)?.get(provider)
    if (trip === undefined) return
    this.#options.onRelease(set, provider, this.#settle(set, provider, trip, by))
  }

  /** Believes what a trip holds: the set is to show the truth. */
  #settle(set: string, provider: string, trip: Trip, by: string): GroupChanges {
    const { logger } = this.#options
    const changes = Array.from(trip.held, ([source, { shown, truth }]) => {
      return [source, { before: shown, after: truth }] as const
    })
    logger.warn('Mass drop confirmed', { config: set, provider, by })
    this.#end(set, provider)
    return new Map(changes)
  }

  #end(set: string, provider: string): void {
    const trips = this.#trips.get(set)
    trips?.get(provider)?.timer?.unsubscribe()
    trips?.delete(provider)
    if (trips?.size === 0) this.#trips.delete(set)
  }
}

function passed(shown: GroupChanges): Admission {
  return { shown, held: new Map(), isReleased: false, revived: new Map() }
}

/** The new group, and what is missing in it. */
function keep({ before, after }: GroupChange, missing: readonly Labels[]): TargetGroup | undefined {
  if (missing.length === 0 || before === undefined) return after
  if (after !== undefined) return { ...after, targets: [...after.targets, ...missing] }
  return missing.length === before.targets.length ? before : { ...before, targets: missing }
}
