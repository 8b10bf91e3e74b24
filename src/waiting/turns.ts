import { Observable } from 'rxjs'
import { OptionError } from './option.js'

/**
 * Work that may pause at every `yield`. What it yields is a result for the one who runs it;
 * nothing is only a chance to pause.
 */
export type Steps<Result = void, Value = never> = Generator<Value | void, Result, void>

/** What steps yield to go on once something is done elsewhere. */
export class Wait {
  /** Settles when they may go on; how does not matter. */
  readonly until: Promise<unknown>

  constructor(until: Promise<unknown>) {
    this.until = until
  }
}

/** Steps that wait for things that are done elsewhere; only a {@link Lane} runs them. */
export type WaitingSteps<Result = void> = Steps<Result, Wait>

/** How turns tell time and wait; tests bring their own. */
export interface TurnClock {
  /** Milliseconds, from any fixed point. */
  now(): number
  /** Calls back in a later turn of the event loop. */
  later(callback: () => void): void
}

/** The clock of the process. */
export const processClock: TurnClock = {
  now: () => performance.now(),
  later: (callback) => void setImmediate(callback),
}

/** How {@link Turns} divides the time of the event loop. */
export interface TurnsOptions {
  /** How long the event loop may be held at a time; milliseconds, above 0. */
  readonly budgetMs?: number
  readonly clock?: TurnClock
}

/**
 * Shares the event loop: all long work of a process takes its time from one budget a turn, so that
 * many who have much to do at once hold the loop no longer than one of them would.
 *
 * Work in steps runs in a {@link Lane} of its owner: at once as far as the budget of this turn goes,
 * and the rest in later turns. Async work asks {@link isOver} now and then, and waits for
 * {@link next}. Lanes and async work get their time in rotation.
 */
export class Turns {
  readonly #budgetMs: number
  readonly #clock: TurnClock
  /** Lanes with work, the one that waited longest first. */
  readonly #lanes = new Set<Lane>()
  readonly #waiting: (() => void)[] = []
  #turnStarted: number | undefined
  #isRunning = false
  #isAsyncNext = false

  /** @throws {OptionError} for a budget that is no time at all */
  constructor({ budgetMs = 5, clock = processClock }: TurnsOptions = {}) {
    if (!(budgetMs > 0)) throw new OptionError('budgetMs', budgetMs, 'milliseconds, more than 0')
    this.#budgetMs = budgetMs
    this.#clock = clock
  }

  /** Makes a lane: the work of one owner, done in the order in which it comes. */
  lane(): Lane {
    return new Lane((lane) => {
      this.#lanes.add(lane)
      this.#run()
    })
  }

  /** The time of this turn of the event loop is used up: async work should wait for {@link next}. */
  get isOver(): boolean {
    return this.#clock.now() >= this.#start() + this.#budgetMs
  }

  /** Waits for a turn with time left. One at a time is let go on, so that their times do not add up. */
  next(): Promise<void> {
    this.#start()
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
    })
  }

  /** Begins to measure this turn, unless that has begun. @returns when it began */
  #start(): number {
    if (this.#turnStarted !== undefined) return this.#turnStarted
    this.#turnStarted = this.#clock.now()
    // Also when all gets done: the turn is over when this is called, and the next has a new budget.
    this.#clock.later(() => this.#nextTurn())
    return this.#turnStarted
  }

  #nextTurn(): void {
    this.#turnStarted = undefined
    if (this.#waiting.length > 0 && (this.#isAsyncNext || this.#lanes.size === 0)) {
      this.#isAsyncNext = false
      this.#start()
      // What it does runs after this callback, and is measured by `isOver`.
      this.#waiting.shift()?.()
    } else if (this.#lanes.size > 0) {
      this.#isAsyncNext = true
      this.#run()
    }
  }

  #run(): void {
    if (this.#isRunning) return
    this.#isRunning = true
    const end = this.#start() + this.#budgetMs
    while (this.#clock.now() < end) {
      const [lane] = this.#lanes
      if (lane === undefined) break
      this.#lanes.delete(lane)
      if (lane.step()) this.#lanes.add(lane)
    }
    this.#isRunning = false
  }
}

interface Task {
  readonly steps: Steps<unknown, unknown>
  readonly next: (value: unknown) => void
  readonly end: () => void
  readonly fail: (error: unknown) => void
}

/** The work of one owner: its tasks run one after the other. */
export class Lane {
  readonly #wake: (lane: Lane) => void
  readonly #tasks: Task[] = []
  #running: Task | undefined
  /** What the first task waits for. */
  #wait: Wait | undefined

  /** Made by {@link Turns.lane}. */
  constructor(wake: (lane: Lane) => void) {
    this.#wake = wake
  }

  /** Nothing is left to do. */
  get isIdle(): boolean {
    return this.#tasks.length === 0
  }

  /**
   * Does work after all that was added before. Subscribing adds it; emits what the steps yield, and
   * completes when they are done, or errors with what they throw. Unsubscribing cancels what is left.
   * @param isUrgent whether it is done before subscribing returns, however long it takes, unless
   * earlier work of the lane waits
   */
  run<Value>(steps: () => Steps<void, Value>, isUrgent = false): Observable<Value> {
    return new Observable<Value>((subscriber) => {
      const task: Task = {
        steps: steps(),
        // Only values of these very steps come back.
        next: (value) => subscriber.next(value as Value),
        end: () => subscriber.complete(),
        fail: (error) => subscriber.error(error),
      }
      subscriber.add(() => this.#cancel(task))
      this.#tasks.push(task)
      if (isUrgent) while (this.#tasks[0] === task && !this.#isWaiting) this.step()
      if (!this.isIdle && !this.#isWaiting) this.#wake(this)
    })
  }

  get #isWaiting(): boolean {
    return this.#wait !== undefined
  }

  /** Takes one step. @returns whether there is more to do now */
  step(): boolean {
    const [task] = this.#tasks
    if (task === undefined || this.#isWaiting) return false
    this.#running = task
    let outcome: IteratorResult<unknown, unknown>
    try {
      outcome = task.steps.next()
    } catch (error) {
      this.#drop(task)
      task.fail(error)
      return !this.isIdle
    } finally {
      this.#running = undefined
    }
    // The step may have cancelled its own task.
    if (!this.#tasks.includes(task)) task.steps.return(undefined)
    else if (outcome.done === true) {
      this.#drop(task)
      task.end()
    } else if (outcome.value instanceof Wait) this.#waitFor(outcome.value)
    else if (outcome.value !== undefined) task.next(outcome.value)
    return !this.isIdle && !this.#isWaiting
  }

  #waitFor(wait: Wait): void {
    this.#wait = wait
    const goOn = (): void => {
      if (this.#wait === wait) this.#goOn()
    }
    wait.until.then(goOn, goOn)
  }

  #goOn(): void {
    this.#wait = undefined
    if (!this.isIdle) this.#wake(this)
  }

  #cancel(task: Task): void {
    const isFirst = this.#tasks[0] === task
    if (!this.#drop(task) || this.#running === task) return
    task.steps.return(undefined)
    if (isFirst && this.#isWaiting) this.#goOn()
  }

  #drop(task: Task): boolean {
    const at = this.#tasks.indexOf(task)
    if (at >= 0) this.#tasks.splice(at, 1)
    return at >= 0
  }
}

/** Does work in steps at once, whatever it takes. @returns what the steps return */
export function allAtOnce<Result>(steps: Steps<Result, unknown>): Result {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
  }
}

/** Does work in steps as async work that takes its turns. @returns what the steps return */
export async function inTurns<Result>(
  steps: Steps<Result, unknown>,
  turns: Turns,
): Promise<Result> {
  for (;;) {
    const step = steps.next()
    if (step.done === true) return step.value
    if (turns.isOver) await turns.next()
  }
}
