import { type Actor, checkActor } from './actor.js'
import { type ActorError, GroupError, GroupUsageError, OverdueError } from './errors.js'
import type { LifecycleEvent, Outcome } from './events.js'
import type { Gate } from './gate.js'
import { Journal } from './journal.js'
import { LevelsError, maxLevels, runsGroups, takenBy } from './levels.js'
import { type AddOptions, Member } from './member.js'
import type { Blocker, StopReport } from './report.js'
import { Shutdown } from './shutdown.js'
import { checkStopOrder } from './stop-order.js'
import { checkMs } from './timer-ms.js'

/** Everything about a group that has a default. */
export interface GroupOptions {
  /** Its name where the group is itself an actor. Default `group`. */
  readonly name?: string
  /** Milliseconds from the first interrupt until the group gives up the actors that are left. Default: never. */
  readonly stopTimeoutMs?: number
  /** Called with every event, as it happens. What it throws is a late error. */
  readonly onEvent?: (event: LifecycleEvent) => void
  /**
   * Takes the errors that come after the first actor has settled. With it, `run` settles with
   * exactly what the first actor settled with. Without it they become part of the rejection, since
   * an error has to go somewhere.
   */
  readonly onLateError?: (error: ActorError) => void
  /** A clock that never goes back, in milliseconds. Default `performance.now`. */
  readonly now?: () => number
  /** The open handles of the process, for reports. Default `process.getActiveResourcesInfo`. */
  readonly activeResources?: () => readonly string[]
}

/**
 * Runs actors together, after Go's oklog/run: when the first one settles, all are interrupted, and the
 * group ends when all have settled. A group is itself an actor, and runs once.
 *
 * ```ts
 * const group = new Group()
 * group.add(signalActor({ source: process, group }))
 * group.add(abortable('worker', (signal) => work(signal)), { stopTimeoutMs: 5_000 })
 * await group.run()
 * ```
 */
export class Group implements Actor {
  readonly name: string
  /** Resolves when everything is over; never rejects. For what has to outlive every actor. */
  readonly ended: Promise<void>
  readonly #journal: Journal
  readonly #stopTimeoutMs: number | undefined
  readonly #activeResources: () => readonly string[]
  readonly #members: Map<string, Member> = new Map()
  readonly #forgetGates: (() => void)[] = []
  #phase: 'adding' | 'cancelled' | 'running' | 'stopping' | 'over' = 'adding'
  #first: Outcome = { ok: true }
  #shutdown: Shutdown | undefined
  #settleEnded: () => void = () => {}
  /** The group that this one was added to. */
  #parent: Group | undefined
  /** How many levels of groups there are in it, itself included. */
  #height = 1

  constructor(options: GroupOptions = {}) {
    const { name = 'group', now = () => performance.now(), onEvent, onLateError } = options
    checkMs(`group "${name}": stopTimeoutMs`, options.stopTimeoutMs)
    this.name = name
    this.#journal = new Journal({ group: name, now, onEvent, onLateError })
    this.#stopTimeoutMs = options.stopTimeoutMs
    this.#activeResources = options.activeResources ?? (() => process.getActiveResourcesInfo())
    this.ended = new Promise((resolve) => {
      this.#settleEnded = resolve
    })
  }

  /**
   * Adds an actor; actors start and are interrupted in the order added.
   * @throws GroupUsageError when it is not an actor, when the group has been started or has an actor of
   * that name, when its `stopTimeoutMs` is negative or NaN, and where groups are more than a hundred levels deep
   */
  add(actor: Actor, options: AddOptions = noOptions): this {
    checkActor(actor)
    if (this.#phase !== 'adding') {
      throw new GroupUsageError(`cannot add actor "${actor.name}": the group has been started`)
    }
    if (this.#members.has(actor.name)) {
      throw new GroupUsageError(`there is an actor "${actor.name}" already: give each its own name`)
    }
    checkMs(`actor "${actor.name}": stopTimeoutMs`, options.stopTimeoutMs)
    if (actor instanceof Group) this.#adopt(actor)
    else if (runsGroups<Group>(actor)) actor[takenBy]((name) => this.#makeInner(name))
    this.#members.set(actor.name, new Member(actor, options))
    return this
  }

  /**
   * Starts every actor whose gates are open, the others when theirs open; waits until one settles;
   * interrupts all that were started, in the order added, each told what the first one rejected with
   * (undefined when it resolved); waits for all of them and for the promises their interrupts gave.
   * An interrupt that awaits holds up only those that were added with `stopAfter`.
   *
   * Settles with what the first actor settled with. Rejects with {@link OverdueError} when a stop
   * deadline passed, and with {@link GroupError} when later errors have nowhere else to go. An empty
   * group resolves at once.
   *
   * @throws GroupUsageError (as a rejection) on a second call, or where a `stopAfter` names no actor
   * or goes round in a circle
   */
  async run(): Promise<void> {
    if (this.#phase === 'cancelled') return
    if (this.#phase !== 'adding') throw new GroupUsageError('a group runs once: make a new one')
    checkStopOrder(this.#members)
    this.#phase = 'running'
    this.#startAll()
    if (this.#members.size === 0) this.#end('over')
    await this.ended
    this.#throwWhatIsLeft()
  }

  /** The group as an actor: the same as {@link Group.run}. */
  execute(): Promise<void> {
    return this.run()
  }

  /**
   * Stops the group from outside, as if an actor had settled well. Before `run` it makes `run` start
   * nothing; while the group stops, or after, it changes nothing.
   */
  interrupt(reason?: unknown): void {
    if (this.#phase === 'running') this.#stop(reason)
    if (this.#phase === 'adding') this.#end('cancelled')
  }

  /** Interrupts the group and waits for its end, for `await using`. Errors stay with `run`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.interrupt()
    await this.ended
  }

  /** Who is not done, in the order added. */
  blockers(): readonly Blocker[] {
    const undone = [...this.#members.values()].filter((member) => !member.done)
    const shutdown = this.#shutdown
    return undone.map((member) =>
      shutdown === undefined
        ? member.blocker(this.#journal.now(), false, [], (error) => this.#journal.lateError(error))
        : shutdown.blocker(member),
    )
  }

  /** Who keeps the group from ending, and which kinds of handles keep the process from ending. */
  report(): StopReport {
    return this.#reportOf(this.blockers())
  }

  /** Lets the groups above know how deep this one makes them. */
  #adopt(inner: Group): void {
    const above: readonly Group[] = [...this.#andAbove()]
    if (above.includes(inner)) {
      throw new GroupUsageError(`cannot add group "${inner.name}": it would be inside itself`)
    }
    if (inner.#height + above.length > maxLevels) {
      throw new LevelsError(`cannot add group "${inner.name}" to "${this.name}"`)
    }
    inner.#parent = this
    for (const [i, group] of above.entries()) {
      group.#height = Math.max(group.#height, inner.#height + i + 1)
    }
  }

  /** A group for the life of an actor of this one. */
  #makeInner(name: string): Group {
    const inner = new Group({ name })
    if ([...this.#andAbove()].length >= maxLevels) {
      throw new LevelsError(`cannot run "${name}" in "${this.name}"`)
    }
    inner.#parent = this
    return inner
  }

  /** Itself, and every group that it is inside of. */
  *#andAbove(): Generator<Group, void, undefined> {
    yield this
    if (this.#parent !== undefined) yield* this.#parent.#andAbove()
  }

  #startAll(): void {
    try {
      for (const member of this.#members.values()) this.#startWhenOpen(member)
    } catch (error) {
      // Only a gate of the embedder's own can throw here. Those that were started have to be stopped.
      if (!this.#isRunning()) this.#journal.listenerFailed(error)
      else {
        this.#first = { ok: false, error }
        this.#stop(error)
      }
    }
  }

  /** With the open handles, or without where asking for them fails. */
  #reportOf(blockers: readonly Blocker[]): StopReport {
    try {
      return { blockers, resources: [...this.#activeResources()] }
    } catch (error) {
      this.#journal.listenerFailed(error)
      return { blockers, resources: [] }
    }
  }

  #startWhenOpen(member: Member): void {
    const { ready } = member.options
    if (ready !== undefined) this.#watch(ready, () => this.#tellReady(member))
    if (member.mayStart) this.#start(member)
    else for (const gate of member.gates) this.#watch(gate, () => this.#startIfLast(member))
  }

  #watch(gate: Gate, listener: () => void): void {
    if (!gate.isOpen && this.#isRunning()) this.#forgetGates.push(gate.onOpen(listener))
  }

  #startIfLast(member: Member): void {
    if (member.startedAt === undefined && member.mayStart) this.#start(member)
  }

  #start(member: Member): void {
    if (!this.#isRunning()) return
    const at = this.#journal.now()
    member.startedAt = at
    member.executing = true
    this.#journal.tell({ type: 'start', actor: member.actor.name, at })
    if (member.options.ready?.isOpen === true) this.#tellReady(member)
    started(member.actor).then(
      () => this.#settled(member, { ok: true }),
      (error: unknown) => this.#settled(member, { ok: false, error }),
    )
  }

  #tellReady(member: Member): void {
    if (member.startedAt === undefined) return
    const at = this.#journal.now()
    const afterMs = at - member.startedAt
    this.#journal.tell({ type: 'ready', actor: member.actor.name, at, afterMs })
  }

  #settled(member: Member, outcome: Outcome): void {
    const { startedAt = 0, interruptedAt } = member
    const at = this.#journal.now()
    const stoppedInMs = interruptedAt === undefined ? undefined : at - interruptedAt
    const ranMs = at - startedAt
    member.executing = false
    const actor = member.actor.name
    this.#journal.tell({ type: 'settle', actor, at, outcome, ranMs, stoppedInMs })
    if (this.#isRunning()) {
      this.#first = outcome
      this.#stop(outcome.ok ? undefined : outcome.error)
    } else {
      this.#shutdown?.settled(member, outcome)
    }
  }

  #stop(reason: unknown): void {
    this.#phase = 'stopping'
    for (const forget of this.#forgetGates) forget()
    this.#shutdown = new Shutdown({
      members: this.#members,
      journal: this.#journal,
      reason,
      stopTimeoutMs: this.#stopTimeoutMs,
      report: (blockers) => this.#reportOf(blockers),
      onOver: () => this.#end('over'),
    })
    this.#shutdown.begin()
  }

  #end(phase: 'cancelled' | 'over'): void {
    this.#phase = phase
    this.#settleEnded()
  }

  #isRunning(): boolean {
    return this.#phase === 'running'
  }

  #throwWhatIsLeft(): void {
    const first = this.#first.ok ? [] : [this.#first.error]
    const blockers = this.#shutdown?.givenUp ?? []
    const overdue =
      blockers.length === 0 ? [] : [new OverdueError(this.#reportOf(blockers), { cause: first[0] })]
    const { late } = this.#journal
    if (late.length > 0) throw new GroupError(this.name, [...first, ...overdue, ...late])
    for (const error of [...overdue, ...first]) throw error
  }
}

/** One for all, so that many actors are cheap. */
const noOptions: AddOptions = {}

/** Calls `execute`; what it throws at once becomes a rejection like any other. */
function started(actor: Actor): Promise<void> {
  try {
    // No promise is made where there is one: 100,000 actors start in half the time.
    return Promise.resolve(actor.execute())
  } catch (error) {
    return Promise.reject(error)
  }
}
