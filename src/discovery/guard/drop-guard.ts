import { type Observable, type SchedulerLike, Subject, timer } from 'rxjs'
import { timerMs } from '../../run/index.js'
import type { Labels } from '../../labels/index.js'
import type { Logger } from '../../telemetry/index.js'
import { type AnswerLosses, lossesOf, weigh } from './answer-losses.js'
import type { GroupChange, GroupChanges } from '../groups/group-store.js'
import { lossWindowMs } from './provider-losses.js'
import { RecentLosses } from './recent-losses.js'
import type { TargetGroup } from '../groups/target-group.js'
import { type HeldGroup, HeldLoss } from './held-loss.js'

/** When a loss of targets is not believed at once. */
export interface GuardRule {
  /** More than this share of a set's targets go, with one answer or within a minute; 0 to 1. */
  readonly share: number
  /** At least this many targets go. */
  readonly minimum: number
  /** This many answers in a row that say the same, the first included, confirm it. */
  readonly answers: number
  /** A loss that stays this long is confirmed as well; milliseconds. */
  readonly afterMs: number
}

/** What the guard does for one set. */
export interface GuardStatus {
  readonly set: string
  /** A user asked that no target of the set goes. */
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
  /** What went a moment ago and is shown again, by provider: it comes before all of the above. */
  readonly revived: ReadonlyMap<string, GroupChanges>
  /** How many losses began to be held back with this answer. */
  readonly trips: number
}

/** What was held back is believed: the set is to show it. */
export interface Release {
  readonly set: string
  readonly provider: string
  readonly changes: GroupChanges
}

export interface DropGuardOptions {
  /** Without a rule only frozen sets are guarded. */
  readonly rule?: GuardRule
  readonly scheduler: SchedulerLike
  readonly logger: Logger
}

/**
 * Keeps targets that would go in masses, with one answer or with several in a short time, until the
 * loss is confirmed: an empty answer of a registry in trouble must not empty all target lists.
 * What an answer adds shows at once.
 */
export class DropGuard {
  /** What was held for long enough. */
  readonly released: Observable<Release>
  readonly #released = new Subject<Release>()
  readonly #options: DropGuardOptions
  readonly #frozen = new Set<string>()
  /** By set and provider. */
  readonly #held = new Map<string, Map<string, HeldLoss>>()
  readonly #recent: RecentLosses

  constructor(options: DropGuardOptions) {
    this.#options = options
    this.released = this.#released.asObservable()
    this.#recent = new RecentLosses(options.scheduler)
  }

  /**
   * Decides what a set shows of an answer.
   * @param total the number of the set's targets as the providers have them after it
   * @param minimum how many targets are worth holding back, where that is not what the rule says
   */
  admit(
    set: string,
    provider: string,
    changes: GroupChanges,
    total: number,
    minimum?: number,
  ): Admission {
    const known = this.#held.get(set)?.get(provider)
    if (known !== undefined) return this.#answer(set, provider, known, changes)
    const general = this.#options.rule
    const rule = general && minimum !== undefined ? { ...general, minimum } : general
    const isFrozen = this.#frozen.has(set)
    if (rule === undefined && !isFrozen) return passed(changes)
    const losses = lossesOf(changes)
    const isHarmless = losses.every(({ missing }) => missing.length === 0)
    if (isHarmless && !this.#recent.has(set, provider)) return passed(changes)
    const weighed = weigh(losses)
    if (isFrozen && weighed.lost > 0) {
      const loss = this.#open(set, provider, weighed.lost)
      return { ...this.#answer(set, provider, loss, changes), trips: 1 }
    }
    if (rule === undefined || isFrozen) return passed(changes)
    if (!this.#isTooMuch(rule, set, provider, weighed, total)) {
      this.#recent.note(set, provider, changes, weighed)
      return passed(changes)
    }
    const revived = this.#revive(set, provider, weighed.lost)
    const opened = this.#held.get(set)?.get(provider)
    const loss = opened ?? this.#open(set, provider, weighed.lost)
    const trips = revived.size + (opened === undefined ? 1 : 0)
    return { ...this.#answer(set, provider, loss, changes), revived, trips }
  }

  /** What a set shows in place of a provider's groups, by source. */
  held(set: string, provider: string): ReadonlyMap<string, TargetGroup> {
    const loss = this.#held.get(set)?.get(provider)
    return new Map(Array.from(loss?.groups ?? [], ([source, { shown }]) => [source, shown]))
  }

  /** The groups of a set of which targets are kept, by provider and source. */
  *heldGroups(set: string): Iterable<readonly [provider: string, source: string, HeldGroup]> {
    for (const [provider, { groups }] of this.#held.get(set) ?? []) {
      for (const [source, held] of groups) yield [provider, source, held]
    }
  }

  isFrozen(set: string): boolean {
    return this.#frozen.has(set)
  }

  /** From now on no target of the set goes, until {@link accept}. */
  freeze(set: string): void {
    this.#frozen.add(set)
    this.#recent.forget(set)
  }

  /** Believes everything that is held in a set, and thaws it. @returns what the set is to show */
  accept(set: string): readonly Release[] {
    this.#frozen.delete(set)
    this.#recent.forget(set)
    return Array.from(this.#held.get(set) ?? [], ([provider, loss]) => {
      return { set, provider, changes: this.#settle(set, provider, loss, 'somebody') }
    })
  }

  /** The set is gone, or one provider of it. */
  forget(set: string, provider?: string): void {
    this.#recent.forget(set, provider)
    for (const name of this.#held.get(set)?.keys() ?? []) {
      if (provider === undefined || name === provider) this.#end(set, name)
    }
    if (provider === undefined) this.#frozen.delete(set)
  }

  /** The sets of which something is held, or that are frozen. */
  status(): readonly GuardStatus[] {
    return [...new Set([...this.#frozen, ...this.#held.keys()])].map((set) => {
      const losses = [...(this.#held.get(set)?.values() ?? [])]
      return {
        set,
        isFrozen: this.#frozen.has(set),
        heldTargets: this.heldTargets(set),
        since: losses.length === 0 ? undefined : Math.min(...losses.map(({ since }) => since)),
      }
    })
  }

  /** How many targets of a set are there only because of the guard. */
  heldTargets(set: string): number {
    let sum = 0
    for (const { missing } of this.#held.get(set)?.values() ?? []) sum += missing
    return sum
  }

  close(): void {
    this.#recent.close()
    for (const set of this.#held.keys()) this.forget(set)
    this.#released.complete()
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
    for (const { since, missing } of this.#held.get(set)?.values() ?? []) {
      if (since <= now && now - since < lossWindowMs) sum += missing
    }
    return sum
  }

  /**
   * Brings back what a set lost within the last minute.
   * @param lost what one provider is about to lose on top
   * @returns what the set is to show, by provider
   */
  #revive(set: string, provider: string, lost: number): ReadonlyMap<string, GroupChanges> {
    const all = Array.from(this.#recent.take(set), ([name, held]) => {
      const gone = [...held.values()].reduce((sum, { missing }) => sum + missing.length, 0)
      const loss = this.#open(set, name, name === provider ? gone + lost : gone)
      loss.answers = 1
      const changes = Array.from(held, ([source, group]) => {
        loss.set(source, group)
        return [source, { before: group.truth, after: group.shown }] as const
      })
      return [name, new Map(changes)] as const
    })
    return new Map(all)
  }

  #open(set: string, provider: string, lost: number): HeldLoss {
    const { rule, scheduler, logger } = this.#options
    const loss = new HeldLoss(scheduler.now())
    const losses = this.#held.get(set) ?? new Map<string, HeldLoss>()
    this.#held.set(set, losses.set(provider, loss))
    if (rule !== undefined) {
      loss.timer = timer(timerMs(rule.afterMs), scheduler).subscribe(() => {
        if (this.#frozen.has(set)) return
        const changes = this.#settle(set, provider, loss, 'time')
        this.#released.next({ set, provider, changes })
      })
    }
    logger.warn('Mass drop held back', { config: set, provider, targets: lost })
    return loss
  }

  #answer(set: string, provider: string, loss: HeldLoss, changes: GroupChanges): Admission {
    const shown = new Map<string, GroupChange>()
    const held = new Map<string, GroupChange>()
    let isNews = false
    for (const { source, change, missing } of weigh(lossesOf(changes, loss.groups)).losses) {
      const kept = keep(change, missing)
      if (missing.length > 0 && kept !== undefined) {
        isNews = loss.set(source, { shown: kept, truth: change.after, missing }) || isNews
        held.set(source, change)
      } else isNews = loss.set(source, undefined) || isNews
      if (kept !== change.before) shown.set(source, { before: change.before, after: kept })
    }
    // A provider that answers about one service at a time says nothing of what is missing in others.
    if (isNews) loss.answers = 1
    else if (changes.size === 0) loss.answers += 1
    if (loss.groups.size === 0) this.#end(set, provider)
    const isConfirmed = loss.answers >= (this.#options.rule?.answers ?? Infinity)
    if (loss.groups.size === 0 || !isConfirmed || this.#frozen.has(set)) {
      return { shown, held, isReleased: false, revived: new Map(), trips: 0 }
    }
    return {
      shown: new Map([...shown, ...this.#settle(set, provider, loss, 'answers')]),
      held: new Map(),
      isReleased: true,
      revived: new Map(),
      trips: 0,
    }
  }

  /** Believes a loss: the set is to show the truth. */
  #settle(set: string, provider: string, loss: HeldLoss, by: string): GroupChanges {
    const { logger } = this.#options
    const changes = Array.from(loss.groups, ([source, { shown, truth }]) => {
      return [source, { before: shown, after: truth }] as const
    })
    logger.warn('Mass drop confirmed', { config: set, provider, by })
    this.#end(set, provider)
    return new Map(changes)
  }

  #end(set: string, provider: string): void {
    const losses = this.#held.get(set)
    losses?.get(provider)?.timer?.unsubscribe()
    losses?.delete(provider)
    if (losses?.size === 0) this.#held.delete(set)
  }
}

function passed(shown: GroupChanges): Admission {
  return { shown, held: new Map(), isReleased: false, revived: new Map(), trips: 0 }
}

/** The new group, and what is missing in it. */
function keep({ before, after }: GroupChange, missing: readonly Labels[]): TargetGroup | undefined {
  if (missing.length === 0 || before === undefined) return after
  if (after !== undefined) return { ...after, targets: [...after.targets, ...missing] }
  return missing.length === before.targets.length ? before : { ...before, targets: missing }
}
