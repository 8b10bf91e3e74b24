import type { SchedulerLike } from 'rxjs'
import type { AnswerLosses } from './answer-losses.js'
import type { GroupChanges } from '../groups/group-store.js'
import { LossAccount } from './loss-account.js'
import type { Held } from './held-loss.js'

/** What the providers of each set have lost of late. */
export class RecentLosses {
  readonly #scheduler: SchedulerLike
  readonly #sets = new Map<string, Map<string, LossAccount>>()

  constructor(scheduler: SchedulerLike) {
    this.#scheduler = scheduler
  }

  /** Whether anything is remembered of this provider. */
  has(set: string, provider: string): boolean {
    return this.#sets.get(set)?.has(provider) === true
  }

  /** How many targets less the set has, when one of its providers has so many less on top. */
  sum(set: string, provider: string, less: number): number {
    let others = 0
    let own = 0
    for (const [name, { size }] of this.#sets.get(set) ?? []) {
      if (name === provider) own = size
      else others += size
    }
    return others + Math.max(0, own + less)
  }

  /** Remembers an answer; see {@link LossAccount.note}. */
  note(set: string, provider: string, changes: GroupChanges, answer: AnswerLosses): void {
    this.#account(set, provider).note(changes, answer)
  }

  /**
   * All that went from a set, by provider and source; it is not remembered any more. Where as many
   * came as went nothing is missing.
   */
  take(set: string): ReadonlyMap<string, ReadonlyMap<string, Held>> {
    const accounts = [...(this.#sets.get(set) ?? [])]
      .filter(([, { size }]) => size > 0)
      .map(([provider, account]) => [provider, account.revived()] as const)
    this.forget(set)
    return new Map(accounts)
  }

  /** The set is gone, or one provider of it. */
  forget(set: string, provider?: string): void {
    const accounts = this.#sets.get(set)
    for (const [name, account] of accounts ?? []) {
      if (provider !== undefined && name !== provider) continue
      account.close()
      accounts?.delete(name)
    }
    if (accounts?.size === 0) this.#sets.delete(set)
  }

  close(): void {
    for (const set of this.#sets.keys()) this.forget(set)
  }

  #account(set: string, provider: string): LossAccount {
    const accounts = this.#sets.get(set) ?? new Map<string, LossAccount>()
    const found =
      accounts.get(provider) ?? new LossAccount(this.#scheduler, () => this.forget(set, provider))
    this.#sets.set(set, accounts.set(provider, found))
    return found
  }
}
