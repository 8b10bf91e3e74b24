import { type SchedulerLike, type Subscription, timer } from 'rxjs'
import { timerMs } from '../run/index.js'
import type { Labels } from '../labels/index.js'
import type { Logger } from '../telemetry/index.js'
import type { GroupChange, GroupChanges } from './group-store.js'
import { missingTargets } from './target-event.js'
import type { TargetGroup } from './target-group.js'

/** When a loss of targets is not believed at once. */
export interface GuardRule {
  /** More than this share of a set's targets go with one answer; 0 to 1. */
  readonly share: number
  /** At least so many targets go with it. */
  readonly minimum: number
  /** So many equal answers in a row, the first included, confirm it. */
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

interface Held {
  /** What the set shows: the truth, and the targets that are missing in it. */
  readonly shown: TargetGroup
  readonly truth: TargetGroup | undefined
  readonly missing: number
}

/** A loss of one provider in one set that waits to be confirmed. */
interface Trip {
  readonly since: number
  answers: number
  timer: Subscription | undefined
  readonly held: Map<string, Held>
}

/**
 * Keeps targets that an answer would remove in masses until the loss is confirmed: an empty answer of
 * a registry in trouble must not empty everybody's target list. What an answer adds shows at once.
 */
export class DropGuard {
  readonly #options: DropGuardOptions
  readonly #frozen = new Set<string>()
  readonly #trips = new Map<string, Map<string, Trip>>()

  constructor(options: DropGuardOptions) {
    this.#options = options
  }

  /**
   * Decides what a set shows of an answer.
   * @param total the number of the set's targets as the providers have them after it
   */
  admit(set: string, provider: string, changes: GroupChanges, total: number): Admission {
    const trip = this.#trips.get(set)?.get(provider)
    const isIdle = this.#options.rule === undefined && !this.#frozen.has(set)
    if (isIdle && trip === undefined) return passed(changes)
    const losses = this.#losses(changes, trip)
    if (trip === undefined) {
      const lost = losses.reduce((sum, { missing }) => sum + missing.length, 0)
      const before = total - gain(changes) + this.heldTargets(set)
      if (!this.#isTooMuch(set, lost, before)) return passed(changes)
      return this.#answer(set, provider, this.#trip(set, provider, lost), changes, losses)
    }
    return this.#answer(set, provider, trip, changes, losses)
  }

  /** What a set shows in place of a provider's groups, by source. */
  held(set: string, provider: string): ReadonlyMap<string, TargetGroup> {
    const trip = this.#trips.get(set)?.get(provider)
    return new Map(Array.from(trip?.held ?? [], ([source, { shown }]) => [source, shown]))
  }

  /** From now on no target of the set goes, until {@link accept}. */
  freeze(set: string): void {
    this.#frozen.add(set)
  }

  /** Believes everything that is held in a set, and thaws it. */
  accept(set: string): void {
    this.#frozen.delete(set)
    for (const provider of this.#trips.get(set)?.keys() ?? []) {
      this.#release(set, provider, 'somebody')
    }
  }

  /** The set is gone, or one provider of it. */
  forget(set: string, provider?: string): void {
    const trips = this.#trips.get(set)
    for (const [name, trip] of trips ?? []) {
      if (provider !== undefined && name !== provider) continue
      trip.timer?.unsubscribe()
      trips?.delete(name)
    }
    if (provider === undefined) this.#frozen.delete(set)
    if (trips?.size === 0) this.#trips.delete(set)
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
    for (const trip of this.#trips.get(set)?.values() ?? []) {
      for (const { missing } of trip.held.values()) sum += missing
    }
    return sum
  }

  close(): void {
    for (const set of this.#trips.keys()) this.forget(set)
  }

  #losses(changes: GroupChanges, trip: Trip | undefined): readonly Loss[] {
    return Array.from(changes, ([source, change]) => {
      const before = trip?.held.get(source)?.shown ?? change.before
      const visible = { before, after: change.after }
      return { source, change: visible, missing: missingTargets(visible) }
    })
  }

  #isTooMuch(set: string, lost: number, total: number): boolean {
    if (lost === 0) return false
    if (this.#frozen.has(set)) return true
    const { rule } = this.#options
    return rule !== undefined && lost >= rule.minimum && lost > rule.share * total
  }

  #trip(set: string, provider: string, lost: number): Trip {
    const { rule, scheduler, logger, onTrip } = this.#options
    const trip: Trip = { since: scheduler.now(), answers: 0, timer: undefined, held: new Map() }
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

  #answer(
    set: string,
    provider: string,
    trip: Trip,
    changes: GroupChanges,
    losses: readonly Loss[],
  ): Admission {
    trip.answers = changes.size === 0 ? trip.answers + 1 : 1
    const shown = new Map<string, GroupChange>()
    const held = new Map<string, GroupChange>()
    for (const { source, change, missing } of losses) {
      const kept = keep(change, missing)
      if (missing.length > 0 && kept !== undefined) {
        trip.held.set(source, { shown: kept, truth: change.after, missing: missing.length })
        held.set(source, change)
      } else trip.held.delete(source)
      if (kept !== change.before) shown.set(source, { before: change.before, after: kept })
    }
    if (trip.held.size === 0) this.forget(set, provider)
    const isConfirmed = trip.answers >= (this.#options.rule?.answers ?? Infinity)
    if (trip.held.size === 0 || !isConfirmed || this.#frozen.has(set)) {
      return { shown, held, isReleased: false }
    }
    return {
      shown: this.#settle(set, provider, trip, 'answers'),
      held: new Map(),
      isReleased: true,
    }
  }

  #release(set: string, provider: string, by: string): void {
    const trip = this.#trips.get(set)?.get(provider)
    if (trip === undefined) return
    this.#options.onRelease(set, provider, this.#settle(set, provider, trip, by))
  }

  /** Ends a trip: the set is to show the truth. */
  #settle(set: string, provider: string, trip: Trip, by: string): GroupChanges {
    const { logger } = this.#options
    const changes = Array.from(trip.held, ([source, { shown, truth }]) => {
      return [source, { before: shown, after: truth }] as const
    })
    logger.warn('Mass drop confirmed', { config: set, provider, by })
    this.forget(set, provider)
    return new Map(changes)
  }
}

interface Loss {
  readonly source: string
  /** From what the set shows to what the answer says. */
  readonly change: GroupChange
  readonly missing: readonly Labels[]
}

/** How many targets more there are; negative for less. */
function gain(changes: GroupChanges): number {
  let sum = 0
  for (const { before, after } of changes.values()) {
    sum += (after?.targets.length ?? 0) - (before?.targets.length ?? 0)
  }
  return sum
}

function passed(shown: GroupChanges): Admission {
  return { shown, held: new Map(), isReleased: false }
}

/** The new group, and what is missing in it. */
function keep({ before, after }: GroupChange, missing: readonly Labels[]): TargetGroup | undefined {
  if (missing.length === 0) return after
  return after === undefined ? before : { ...after, targets: [...after.targets, ...missing] }
}
