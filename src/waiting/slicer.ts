/** How the slicer tells time and waits; tests bring their own. */
export interface SlicerClock {
  /** Milliseconds. */
  now(): number
  /** Calls back in a later turn of the event loop; the result takes that back. */
  later(callback: () => void): () => void
}

/** Work that can be left standing at every `yield`. */
export type Task = Generator<void, void, void>

const realClock: SlicerClock = {
  now: () => performance.now(),
  later: (callback) => {
    const handle = setImmediate(callback)
    return () => clearImmediate(handle)
  },
}

/**
 * Does work in slices, so that the event loop gets its turn: small work at once, what takes longer
 * in several turns. Tasks of one lane run in order; lanes share the time.
 */
export class Slicer {
  readonly #budgetMs: number
  readonly #clock: SlicerClock
  readonly #onError: (error: unknown) => void
  readonly #lanes: Map<string, Task[]> = new Map()
  #turnStarted: number | undefined
  #cancelLater: (() => void) | undefined
  #isRunning = false

  /**
   * @param onError a task threw; the rest of its lane goes on
   * @param budgetMs how long the event loop may be held at a time
   */
  constructor(onError: (error: unknown) => void, budgetMs = 5, clock: SlicerClock = realClock) {
    this.#onError = onError
    this.#budgetMs = budgetMs
    this.#clock = clock
  }

  /** Whether everything is done. */
  get isIdle(): boolean {
    return this.#lanes.size === 0
  }

  /** Does the work now as far as the budget of this turn goes, and the rest in later turns. */
  add(lane: string, task: Task): void {
    const waiting = this.#lanes.get(lane)
    if (waiting === undefined) this.#lanes.set(lane, [task])
    else waiting.push(task)
    this.#run()
  }

  /** Forgets what is left to do in a lane. */
  cancel(lane: string): void {
    this.#lanes.delete(lane)
  }

  /** Forgets everything, and frees the callback. */
  stop(): void {
    this.#lanes.clear()
    this.#cancelLater?.()
    this.#cancelLater = undefined
    this.#turnStarted = undefined
  }

  #run(): void {
    if (this.#isRunning) return
    this.#isRunning = true
    this.#turnStarted ??= this.#clock.now()
    // Also when all gets done: the turn is over when this is called, and the next has a new budget.
    this.#cancelLater ??= this.#clock.later(() => {
      this.#cancelLater = undefined
      this.#turnStarted = undefined
      if (this.#lanes.size > 0) this.#run()
    })
    const end = this.#turnStarted + this.#budgetMs
    while (this.#clock.now() < end && this.#advance());
    this.#isRunning = false
  }

  /** Takes one step in the lane that waited longest; false when all is done. */
  #advance(): boolean {
    const next = this.#lanes.entries().next()
    if (next.done === true) return false
    const [lane, tasks] = next.value
    const [task] = tasks
    const isDone = task === undefined || this.#isDone(task)
    // The task may have cancelled its own lane.
    if (this.#lanes.get(lane) !== tasks) return true
    if (isDone) tasks.shift()
    this.#lanes.delete(lane)
    if (tasks.length > 0) this.#lanes.set(lane, tasks)
    return true
  }

  #isDone(task: Task): boolean {
    try {
      return task.next().done === true
    } catch (error) {
      this.#onError(error)
      return true
    }
  }
}
