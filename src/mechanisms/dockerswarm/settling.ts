/** How far a task has come, and how far it should come. */
export interface TaskProgress {
  readonly service: string
  readonly state: string
  readonly desired: string
}

/** States that a task does not leave. */
const lastStates = new Set(['complete', 'shutdown', 'failed', 'rejected', 'orphaned', 'remove'])

const shortestWaitMs = 50
/** For so long after an event more may come of it: tasks that the swarm has yet to make. */
const leastMs = 1000

/**
 * Follows the tasks of services that have changed: a swarm says nothing of its tasks. They are listed
 * again, less and less often, until each is where it should be.
 */
export class Settling {
  readonly #limitMs: number
  /** For how long each is followed; milliseconds. */
  readonly #elapsed = new Map<string, number>()

  /** @param limitMs after this time the usual polls have to do; milliseconds */
  constructor(limitMs: number) {
    this.#limitMs = limitMs
  }

  /** The services whose tasks are followed. */
  get services(): ReadonlySet<string> {
    return new Set(this.#elapsed.keys())
  }

  /** These have just changed. */
  begin(services: Iterable<string>): void {
    for (const service of services) this.#elapsed.set(service, 0)
  }

  /**
   * Compares with what was listed.
   * @param tasks at least all those of the services that are followed
   * @returns how long to wait before the next list, in milliseconds; undefined where none is needed
   */
  compare(tasks: readonly TaskProgress[]): number | undefined {
    const moving = new Set(tasks.filter(isMoving).map(({ service }) => service))
    let shortest = Infinity
    for (const [service, elapsed] of this.#elapsed) {
      // Each has its own time: where services change one after the other none would ever settle.
      const isSettled = elapsed >= leastMs && !moving.has(service)
      if (isSettled || elapsed >= this.#limitMs) this.#elapsed.delete(service)
      else shortest = Math.min(shortest, elapsed)
    }
    if (shortest === Infinity) return undefined
    // What takes long may be noticed a little later; long lists cost more.
    const waitMs = Math.max(shortestWaitMs, shortest / 10, tasks.length / 2)
    for (const [service, elapsed] of this.#elapsed) this.#elapsed.set(service, elapsed + waitMs)
    return waitMs
  }
}

function isMoving({ state, desired }: TaskProgress): boolean {
  return state !== desired && !lastStates.has(state)
}
