import type { SchedulerLike } from 'rxjs'
import type { AnswerLosses } from './answer-losses.js'
import type { GroupChanges } from '../groups/group-store.js'
import { ProviderLosses } from './provider-losses.js'
import type { HeldGroup } from './held-loss.js'

/** What the providers of each set have lost within the last minute. */
export class RecentLosses {
  readonly #scheduler: SchedulerLike
  readonly #sets = new Map<string, Map<string, ProviderLosses>>()

  constructor(scheduler: SchedulerLike) {
    this.#scheduler = scheduler
  }

  /** Whether anything is remembered of this provider. */
  has(set: string, provider: string): boolean {
    return this.#sets.get(set)?.get(provider)?.isEmpty === false
  }

  /** How many fewer targets the set has, when one of its providers has this many fewer on top. */
  sum(set: string, provider: string, less: number): number {
    let others = 0
    let own = 0
    for (const [name, { size }] of this.#sets.get(set) ?? []) {
      if (name === provider) own = size
      else others += size
    }
    return others + Math.max(0, own + less)
  }

  /** Remembers an answer; see {@link ProviderLosses.note}. */
  note(set: string, provider: string, changes: GroupChanges, answer: AnswerLosses): void {
    this.#lossesOf(set, provider).note(changes, answer)
  }

  /**
   * All that went from a set, by provider and source; it is not remembered any more. Where as many
   * came as went nothing is missing.
   */
  take(set: string): ReadonlyMap<string, ReadonlyMap<string, HeldGroup>> {
    const lost = [...(this.#sets.get(set) ?? [])]
      .filter(([, { size }]) => size > 0)
      .map(([provider, losses]) => [provider, losses.revived()] as const)
    this.forget(set)
    return new Map(lost)
  }

  /** The set is gone, or one provider of it. */
  forget(set: string, provider?: string): void {
    const providers = this.#sets.get(set)
    for (const [name, losses] of providers ?? []) {
      if (provider !== undefined && name !== provider) continue
      losses.close()
      providers?.delete(name)
    }
    if (providers?.size === 0) this.#sets.delete(set)
  }

  close(): void {
    for (const set of this.#sets.keys()) this.forget(set)
  }

  #lossesOf(set: string, provider: string): ProviderLosses {
    const providers = this.#sets.get(set) ?? new Map<string, ProviderLosses>()
    const found = providers.get(provider) ?? new ProviderLosses(this.#scheduler)
    this.#sets.set(set, providers.set(provider, found))
    return found
  }
}
