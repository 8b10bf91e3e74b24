import { score, seedsOf } from './hash.js'
import { compareIds, type MemberSpec } from './member.js'

/**
 * Some members that a target may go to. The choice is weighted rendezvous hashing: a member has as many
 * hashes as it weighs, the best of them counts, and the target goes to the members with the best ones;
 * of equal ones to the one with the smaller id.
 */
export class Candidates {
  /** In the order of their ids. */
  readonly members: readonly MemberSpec[]
  readonly #seeds: Int32Array
  /** The member that each seed is of. */
  readonly #memberAt: Uint32Array
  readonly #seedsById: Map<string, Int32Array> = new Map()

  constructor(members: Iterable<MemberSpec>) {
    this.members = [...members].sort(compareIds)
    const seeds: number[] = []
    const memberAt: number[] = []
    for (const [at, { id, weight }] of this.members.entries()) {
      const own = seedsOf(id, weight)
      this.#seedsById.set(id, own)
      for (const seed of own) {
        seeds.push(seed)
        memberAt.push(at)
      }
    }
    this.#seeds = Int32Array.from(seeds)
    this.#memberAt = Uint32Array.from(memberAt)
  }

  has(id: string): boolean {
    return this.#seedsById.has(id)
  }

  /** How much a target prefers a member. @returns -1 where there is no such member */
  score(key: number, id: string): number {
    let best = -1
    for (const seed of this.#seedsById.get(id) ?? []) best = Math.max(best, score(key, seed))
    return best
  }

  /** The best score that any of them has for a target; -1 without any. */
  bestScore(key: number): number {
    const seeds = this.#seeds
    let best = -1
    for (let i = 0; i < seeds.length; i += 1) {
      const one = score(key, seeds[i] ?? 0)
      if (one > best) best = one
    }
    return best
  }

  /** Where the best member for a target stands in `members`; -1 without any. */
  best(key: number): number {
    const seeds = this.#seeds
    let best = -1
    let at = -1
    for (let i = 0; i < seeds.length; i += 1) {
      const one = score(key, seeds[i] ?? 0)
      if (one <= best) continue
      best = one
      at = i
    }
    return at < 0 ? -1 : (this.#memberAt[at] ?? -1)
  }

  /**
   * The best members for a target, best first.
   * @param count how many; fewer where there are fewer
   * @param isAllowed which members may be among them; left out: all
   */
  top(
    key: number,
    count: number,
    isAllowed?: (member: MemberSpec) => boolean,
  ): readonly MemberSpec[] {
    const found: { readonly at: number; readonly score: number }[] = []
    const seeds = this.#seeds
    for (let i = 0; i < seeds.length; ) {
      const at = this.#memberAt[i] ?? 0
      let best = -1
      for (; this.#memberAt[i] === at; i += 1) best = Math.max(best, score(key, seeds[i] ?? 0))
      const last = found[count - 1]
      if (last !== undefined && last.score >= best) continue
      const member = this.members[at]
      if (member === undefined || isAllowed?.(member) === false) continue
      let place = found.length
      while (place > 0 && (found[place - 1]?.score ?? 0) < best) place -= 1
      found.splice(place, 0, { at, score: best })
      found.length = Math.min(found.length, count)
    }
    return found.flatMap(({ at }) => this.members[at] ?? [])
  }
}

/** What differs between two sets of candidates. */
export class CandidatesDiff {
  /** Those that are new, or weigh something else now. */
  readonly #added: Candidates
  /** Those that are gone, or weighed something else before. */
  readonly #removed: ReadonlySet<string>
  readonly #after: Candidates

  constructor(before: Candidates, after: Candidates) {
    const old = new Map(before.members.map((member) => [member.id, member]))
    const now = new Map(after.members.map((member) => [member.id, member]))
    const isOther = (others: typeof old) => (one: MemberSpec) =>
      others.get(one.id)?.weight !== one.weight
    this.#added = new Candidates(after.members.filter(isOther(old)))
    this.#removed = new Set(before.members.filter(isOther(now)).map(({ id }) => id))
    this.#after = after
  }

  get isEmpty(): boolean {
    return this.#added.members.length === 0 && this.#removed.size === 0
  }

  /**
   * Whether the owners of a target, which were right before, are still right.
   * @param count how many owners a target has
   */
  keeps(key: number, owners: readonly string[], count: number): boolean {
    for (const id of owners) if (this.#removed.has(id)) return false
    const added = this.#added.bestScore(key)
    if (added < 0) return true
    const last = owners.at(-1)
    // With an equal score the ids decide, which is not looked at here.
    return owners.length >= count && last !== undefined && this.#after.score(key, last) > added
  }
}
