import { ActorError } from './errors.js'
import type { Outcome } from './events.js'
import type { Journal } from './journal.js'
import type { Member } from './member.js'
import type { Blocker, StopReport } from './report.js'
import { timerMs } from './timer-ms.js'

/** What a shutdown needs from its group. */
interface ShutdownOptions {
  readonly members: ReadonlyMap<string, Member>
  readonly journal: Journal
  /** Told to every interrupt. */
  readonly reason: unknown
  readonly stopTimeoutMs: number | undefined
  readonly report: (blockers: readonly Blocker[]) => StopReport
  /** Called once, when every actor is done or given up. */
  readonly onOver: () => void
}

/** The second half of a group's life: interrupts, their order, their deadlines. */
export class Shutdown {
  /** The actors that were given up, as they stood then. */
  readonly givenUp: Blocker[] = []
  readonly #options: ShutdownOptions
  /** Those that wait for others to be done before they are interrupted: how many each waits for. */
  readonly #queued: Map<Member, number> = new Map()
  /** Who waits for an actor, by the actor's name, in the order added. */
  readonly #waiting: Map<string, Member[]> = new Map()
  /** Those that wait for none any more, and are about to be interrupted. */
  readonly #next: Member[] = []
  #isInterrupting = false
  #left: number
  #deadline: NodeJS.Timeout | undefined

  constructor(options: ShutdownOptions) {
    this.#options = options
    this.#left = options.members.size
  }

  /** Interrupts every actor that was started, in the order added. */
  begin(): void {
    const { members, stopTimeoutMs } = this.#options
    if (stopTimeoutMs !== undefined) {
      this.#deadline = setTimeout(() => this.#giveUpAll(), timerMs(stopTimeoutMs))
    }
    const started: Member[] = []
    for (const member of members.values()) {
      if (member.startedAt === undefined) this.#done(member)
      else started.push(member)
    }
    for (const member of started) this.#queue(member)
    for (const member of started) {
      if (member.options.stopAfter === undefined) this.#interrupt(member)
    }
    this.#interruptNext()
  }

  /** One member's `execute` has settled. */
  settled(member: Member, outcome: Outcome): void {
    if (!outcome.ok) this.#lateError(member, 'execute', outcome.error)
    this.#doneIfOver(member)
  }

  /** One blocker of a report that is made now. */
  blocker(member: Member): Blocker {
    const { journal } = this.#options
    return member.blocker(journal.now(), true, this.#waitsFor(member), (error) =>
      journal.lateError(error),
    )
  }

  /** Makes an actor with `stopAfter` wait for those of them that are not done. */
  #queue(member: Member): void {
    const { members } = this.#options
    const names = member.options.stopAfter
    if (names === undefined) return
    const undone = names.filter((name) => members.get(name)?.done !== true)
    this.#queued.set(member, undone.length)
    for (const name of undone) {
      const waiting = this.#waiting.get(name)
      if (waiting === undefined) this.#waiting.set(name, [member])
      else waiting.push(member)
    }
    if (undone.length === 0) this.#next.push(member)
  }

  #interrupt(member: Member): void {
    const { journal, reason } = this.#options
    const { actor, options } = member
    const at = journal.now()
    member.interruptedAt = at
    journal.tell({ type: 'interrupt', actor: actor.name, at, reason })
    if (options.stopTimeoutMs !== undefined) {
      member.deadline = setTimeout(() => this.#giveUp(member), timerMs(options.stopTimeoutMs))
    }
    try {
      const cleaning = actor.interrupt(reason)
      if (cleaning !== undefined) this.#await(member, cleaning)
    } catch (error) {
      this.#lateError(member, 'interrupt', error)
    }
    this.#doneIfOver(member)
  }

  #await(member: Member, cleaning: Promise<void>): void {
    member.interrupting = true
    const over = (): void => {
      member.interrupting = false
      this.#doneIfOver(member)
    }
    Promise.resolve(cleaning).then(over, (error: unknown) => {
      this.#lateError(member, 'interrupt', error)
      over()
    })
  }

  /** Lets those go on that waited for this actor. */
  #letGo(member: Member): void {
    for (const waiting of this.#waiting.get(member.actor.name) ?? []) {
      const count = this.#queued.get(waiting)
      if (count === undefined) continue
      this.#queued.set(waiting, count - 1)
      if (count === 1) this.#next.push(waiting)
    }
    this.#interruptNext()
  }

  /** Not recursive: an interrupt may let go the next one of a chain that is longer than the stack is deep. */
  #interruptNext(): void {
    if (this.#isInterrupting) return
    this.#isInterrupting = true
    for (let i = 0; i < this.#next.length; i += 1) {
      const member = this.#next[i]
      if (member === undefined || !this.#queued.delete(member)) continue
      if (!member.done) this.#interrupt(member)
    }
    this.#next.length = 0
    this.#isInterrupting = false
  }

  #waitsFor(member: Member): readonly string[] {
    const { members } = this.#options
    const names = member.options.stopAfter ?? []
    return this.#queued.has(member) ? names.filter((name) => members.get(name)?.done !== true) : []
  }

  #doneIfOver(member: Member): void {
    if (!member.done && member.isOver) this.#done(member)
  }

  #done(member: Member): void {
    member.done = true
    clearTimeout(member.deadline)
    this.#left -= 1
    if (this.#queued.size > 0) this.#letGo(member)
    if (this.#left > 0) return
    clearTimeout(this.#deadline)
    // A microtask later, when the interrupt that ended the group is no longer on the stack.
    queueMicrotask(this.#options.onOver)
  }

  #giveUp(member: Member): void {
    this.#tellOverdue(member.actor.name)
    this.givenUp.push(this.blocker(member))
    this.#done(member)
  }

  #giveUpAll(): void {
    const undone = (): Member[] => [...this.#options.members.values()].filter((one) => !one.done)
    // An actor that waited for its turn is at least interrupted before it is given up.
    for (const member of undone()) if (this.#queued.delete(member)) this.#interrupt(member)
    this.#tellOverdue(undefined)
    const left = undone()
    for (const member of left) this.givenUp.push(this.blocker(member))
    for (const member of left) if (!member.done) this.#done(member)
  }

  #tellOverdue(actor: string | undefined): void {
    const { members, journal, report } = this.#options
    if (!journal.hasListener) return
    const undone = [...members.values()].filter((member) => !member.done)
    const blockers = undone.map((member) => this.blocker(member))
    journal.tell({ type: 'overdue', at: journal.now(), actor, report: report(blockers) })
  }

  /** An actor that rejects with the very reason it was interrupted with adds nothing to it. */
  #lateError(member: Member, phase: 'execute' | 'interrupt', error: unknown): void {
    const { journal, reason } = this.#options
    if (error !== undefined && error === reason) return
    journal.lateError(new ActorError(member.actor.name, phase, error))
  }
}
