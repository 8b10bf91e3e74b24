import type { Actor } from './actor.js'
import { GaveUpError, GroupUsageError, messageOf } from './errors.js'
import { Group } from './group.js'
import { LevelsError, type RunsGroups, takenBy } from './levels.js'
import type { Blocker } from './report.js'
import { checkMs, timerMs } from './timer-ms.js'

/** Told before each restart. */
export interface RestartEvent {
  readonly actor: string
  /** What the last life ended with; undefined when it ended well. */
  readonly error: unknown
  /** How many restarts there were within `withinMs`, this one included. */
  readonly restarts: number
  readonly delayMs: number
}

/** How a supervised actor is restarted, and when it is given up. */
export interface SuperviseOptions {
  /** More restarts than this within `withinMs`, and supervision gives up. Default 5. */
  readonly maxRestarts?: number
  /** Milliseconds that a restart counts. Default one minute. */
  readonly withinMs?: number
  /** The wait before the first restart in `withinMs`; doubled for each further one. Default 100 ms. */
  readonly initialDelayMs?: number
  /** Default 30 s. */
  readonly maxDelayMs?: number
  /** Whether a good end is the end (`error`, the default) or just as well restarted (`always`). */
  readonly restartOn?: 'error' | 'always'
  /** Told before each restart. What it throws is what the actor rejects with: supervision ends. */
  readonly onRestart?: (event: RestartEvent) => void
  /** A number in [0, 1): a wait is shortened by up to half. Default `Math.random`. */
  readonly random?: () => number
  /** A clock that never goes back, in milliseconds. Default `performance.now`. */
  readonly now?: () => number
}

/**
 * Keeps an actor alive: when it fails, a new one is made and run, after a wait. Each life is a group
 * of one, so that the actor that failed is interrupted and has freed everything before the next.
 *
 * Ends well when the actor does. Rejects with {@link GaveUpError} when it fails too often. After the
 * interrupt it ends as the actor ends. Rejects with GroupUsageError when supervised actors and groups are
 * more than a hundred levels deep inside each other: that is not tried again.
 *
 * @param create makes the actor of one life; what it throws counts as a failure
 * @throws GroupUsageError when a number of the options is negative or NaN
 */
export function supervise(
  name: string,
  create: () => Actor,
  options: SuperviseOptions = {},
): Actor & { blockers(): readonly Blocker[] } {
  const { restartOn = 'error', onRestart } = options
  checkOptions(name, options)
  const pace = new RestartPace(options)
  const stop = new AbortController()
  let makeLife: (name: string) => Group = makeGroup
  let life: Group | undefined
  const supervised: RunsGroups<Group> & { blockers(): readonly Blocker[] } = {
    name,
    [takenBy](makeInner) {
      makeLife = makeInner
    },
    blockers: () => life?.blockers() ?? [],
    async execute() {
      while (!stop.signal.aborted) {
        life = makeLife(name)
        const error = await live(life, create)
        if (error?.thrown instanceof LevelsError) throw error.thrown
        if (stop.signal.aborted && error !== undefined) throw error.thrown
        if (stop.signal.aborted || (error === undefined && restartOn === 'error')) return
        const { restarts, delayMs } = pace.next(name, error?.thrown)
        onRestart?.({ actor: name, error: error?.thrown, restarts, delayMs })
        await pause(delayMs, stop.signal)
      }
    },
    interrupt(reason) {
      stop.abort()
      life?.interrupt(reason)
    },
  }
  return supervised
}

/** What a life is in where the actor was not added to a group. */
function makeGroup(name: string): Group {
  return new Group({ name })
}

function checkOptions(name: string, options: SuperviseOptions): void {
  const { maxRestarts, withinMs, initialDelayMs, maxDelayMs } = options
  for (const [key, value] of Object.entries({ withinMs, initialDelayMs, maxDelayMs })) {
    checkMs(`supervise "${name}": ${key}`, value)
  }
  if (maxRestarts !== undefined && !(maxRestarts >= 0)) {
    const given = String(maxRestarts)
    throw new GroupUsageError(`supervise "${name}": maxRestarts is ${given}: give 0 or more`)
  }
}

/** Counts restarts, and says how long to wait for the next or that it is enough. */
class RestartPace {
  readonly #options: SuperviseOptions
  #times: readonly number[] = []

  constructor(options: SuperviseOptions) {
    this.#options = options
  }

  next(name: string, error: unknown): { readonly restarts: number; readonly delayMs: number } {
    const { maxRestarts = 5, withinMs = 60_000 } = this.#options
    const { initialDelayMs = 100, maxDelayMs = 30_000, random = Math.random } = this.#options
    const now = (this.#options.now ?? (() => performance.now()))()
    this.#times = [...this.#times.filter((time) => now - time < withinMs), now]
    const restarts = this.#times.length
    if (restarts > maxRestarts) {
      const often = `${String(restarts)} times within ${String(withinMs / 1000)}s`
      throw new GaveUpError(`actor "${name}" ended ${often}, at last with: ${messageOf(error)}`, {
        cause: error,
      })
    }
    const fullMs = Math.min(initialDelayMs * 2 ** (restarts - 1), maxDelayMs)
    return { restarts, delayMs: fullMs * (1 - random() / 2) }
  }
}

async function live(
  life: Group,
  create: () => Actor,
): Promise<{ readonly thrown: unknown } | undefined> {
  try {
    await life.add(create()).run()
    return undefined
  } catch (thrown) {
    return { thrown }
  }
}

function pause(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer)
      stop.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, timerMs(ms))
    stop.addEventListener('abort', end)
    if (stop.aborted) end()
  })
}
