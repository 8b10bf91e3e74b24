/** The file system did not answer a call: a network folder whose server is gone, a broken disk. */
export class FileSilentError extends Error {
  override readonly name = 'FileSilentError'
  readonly code = 'ERR_FILE_SILENT'
  /** As errors of the system have it: it is the system that fails, not what the file says. */
  readonly syscall: string = 'read'
  readonly path: string

  constructor(path: string) {
    super('the file system does not answer')
    this.path = path
  }
}

/**
 * When a timer is due, answers may have come as well and wait for their turn: the event loop was held
 * by other work. They come first.
 */
function afterAnswers(then: () => void): void {
  setImmediate(then)
}

/** By so much a timer may be early as it is. */
const earlyMs = 2

/** One piece of work on a file. */
interface Work {
  readonly path: string
  /** It was given up, and has not come back. */
  isSilent: boolean
  /** When it last moved; milliseconds of `performance.now`. */
  movedAt: number
}

/**
 * Work on files, some at a time. A call of the file system that does not come back holds a thread of
 * Node's pool for as long; so work that is given up keeps its place here until it does come back, and a
 * lane never holds more threads than it has places.
 */
export class FileLane {
  readonly #places: number
  readonly #work = new Set<Work>()
  /** One for each caller that waits for a place: called with whether there is one. */
  readonly #waiting = new Set<(hasPlace: boolean) => void>()
  #taken = 0

  /** @param places how much work is done at a time */
  constructor(places: number) {
    this.#places = places
  }

  /** The paths whose work was given up and has not come back. */
  get silent(): readonly string[] {
    return Array.from(this.#work).flatMap(({ path, isSilent }) => (isSilent ? [path] : []))
  }

  /** The paths that are being worked on. */
  get running(): readonly string[] {
    return Array.from(this.#work, ({ path }) => path)
  }

  isSilent(path: string): boolean {
    for (const work of this.#work) if (work.isSilent && work.path === path) return true
    return false
  }

  /** Takes a place if one is free; {@link run} gives it back. */
  take(): boolean {
    if (this.#taken >= this.#places) return false
    this.#taken += 1
    return true
  }

  /**
   * Waits for a place.
   * @param patienceMs how long work may stand still before a place is not waited for any more
   * @returns whether it has one; false at once where every place is held by work that stands still
   */
  async wait(patienceMs: number): Promise<boolean> {
    if (this.take()) return true
    if (this.#isBlocked) return false
    return new Promise((resolve) => {
      const settle = (hasPlace: boolean): void => {
        // It may have settled in between.
        if (!this.#waiting.delete(settle)) return
        clearTimeout(timer)
        resolve(hasPlace)
      }
      // While work makes progress, a place will become free, however many wait.
      const leftMs = (): number => Math.max(0, patienceMs - this.#stillMs)
      const later = (): NodeJS.Timeout => setTimeout(() => afterAnswers(look), leftMs())
      const look = (): void => {
        if (leftMs() === 0) settle(false)
        else if (this.#waiting.has(settle)) timer = later()
      }
      let timer = later()
      this.#waiting.add(settle)
    })
  }

  /**
   * Does work in a place that was taken.
   * @param withinMs gives the work up when it has no beat for so long
   * @throws what the work throws, or {@link FileSilentError}
   */
  run<T>(path: string, withinMs: number, todo: (beat: () => void) => Promise<T>): Promise<T> {
    const work: Work = { path, isSilent: false, movedAt: performance.now() }
    this.#work.add(work)
    return new Promise((resolve, reject) => {
      let beats = 0
      const giveUp = (): void => {
        work.isSilent = true
        reject(new FileSilentError(path))
        if (this.#isBlocked) for (const settle of this.#waiting) settle(false)
      }
      const timer = setTimeout(() => {
        const before = beats
        afterAnswers(() => {
          if (!this.#work.has(work) || beats !== before) return
          // A timer may be early, by a clock that is set or by one of a test.
          if (performance.now() - work.movedAt < withinMs - earlyMs) timer.refresh()
          else giveUp()
        })
      }, withinMs)
      const over = (): void => {
        clearTimeout(timer)
        this.#work.delete(work)
        this.#giveBack()
      }
      const beat = (): void => {
        beats += 1
        work.movedAt = performance.now()
        if (!work.isSilent) timer.refresh()
      }
      todo(beat).then(
        (value) => {
          over()
          resolve(value)
        },
        (error: unknown) => {
          over()
          reject(error)
        },
      )
    })
  }

  /** How long all work has stood still. */
  get #stillMs(): number {
    // Work that has its place and has not begun is about to.
    if (this.#work.size < this.#taken) return 0
    const moved = Array.from(this.#work, ({ movedAt }) => movedAt)
    return performance.now() - Math.max(...moved)
  }

  get #isBlocked(): boolean {
    return this.silent.length === this.#places
  }

  #giveBack(): void {
    const [next] = this.#waiting
    if (next === undefined) this.#taken -= 1
    else next(true)
  }
}
