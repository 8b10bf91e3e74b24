import type { Observable, Subscription } from 'rxjs'
import type { GroupKey, TargetGroup, TargetUpdate } from '../discovery/index.js'

/** The target groups of all sets as discovery tells of them. */
export class DiscoveredGroups {
  readonly #updates: Observable<TargetUpdate>
  readonly #onChange: () => void
  readonly #onError: (error: unknown) => void
  readonly #sets = new Map<string, Map<GroupKey, TargetGroup>>()
  readonly #changed = new Set<string>()
  #subscription: Subscription | undefined

  /**
   * @param onChange is called for every change, maybe many times
   * @param onError is called when the stream fails, after which nothing comes any more
   */
  constructor(
    updates: Observable<TargetUpdate>,
    onChange: () => void,
    onError: (error: unknown) => void,
  ) {
    this.#updates = updates
    this.#onChange = onChange
    this.#onError = onError
  }

  /** Forgets all, and begins with the state as it is now. */
  start(): void {
    this.stop()
    this.#sets.clear()
    this.#changed.clear()
    this.#subscription = this.#updates.subscribe({
      next: (update) => this.#take(update),
      error: this.#onError,
    })
  }

  stop(): void {
    this.#subscription?.unsubscribe()
  }

  of(set: string): Iterable<TargetGroup> {
    return this.#sets.get(set)?.values() ?? []
  }

  /** Whether the set has changed since this was asked last. */
  takeChanged(set: string): boolean {
    return this.#changed.delete(set)
  }

  #take({ set, changes, removed }: TargetUpdate): void {
    const groups = this.#sets.get(set) ?? new Map<GroupKey, TargetGroup>()
    this.#sets.set(set, groups)
    for (const [key, group] of changes) {
      if (group === undefined) groups.delete(key)
      else groups.set(key, group)
    }
    if (removed === true) this.#sets.delete(set)
    this.#changed.add(set)
    this.#onChange()
  }
}
