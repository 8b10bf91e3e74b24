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
  readonly #services = new Set<string>()
  #elapsedMs = 0

  /** @param limitMs after this time the usual polls have to do; milliseconds */
  constructor(limitMs: number) {
    this.#limitMs = limitMs
  }

  /** The services whose tasks are followed. */
  get services(): ReadonlySet<string> {
    return this.#services
  }

  /** These have just changed. */
  begin(services: Iterable<string>): void {
    for (const service of services) {
      this.#services.add(service)
      this.#elapsedMs = 0
    }
  }

  /**
   * Compares with what was listed.
   * @param tasks at least all those of the services that are followed
   * @returns how long to wait before the next list, in milliseconds; undefined where none is needed
   */
  compare(tasks: readonly TaskProgress[]): number | undefined {
    if (this.#elapsedMs >= leastMs) {
      const moving = new Set(tasks.filter(isMoving).map(({ service }) => service))
      for (const service of this.#services) {
        if (!moving.has(service)) this.#services.delete(service)
      }
    }
    if (this.#elapsedMs >= this.#limitMs) this.#services.clear()
    if (this.#services.size === 0) return undefined
    // What takes long may be noticed a little later; long lists cost more.
    const waitMs = Math.max(shortestWaitMs, this.#elapsedMs / 10, tasks.length / 2)
    this.#elapsedMs += waitMs
    return waitMs
  }
}

function isMoving({ state, desired }: TaskProgress): boolean {
  return state !== desired && !lastStates.has(state)
}
