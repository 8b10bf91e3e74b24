import { Candidates, CandidatesDiff } from './candidates.js'
import { type Epoch, type EpochStage, newestMembers, stageAt } from './epoch.js'
import { orderOf, overflowOf } from './hash.js'
import type { MemberSpec } from './member.js'
import type { OwnerSets } from './owner-sets.js'
import type { ChoiceRules, Facet } from './rules.js'

/**
 * How many of the 64 parts of each zone's targets stay in their zone. Left out: all of them. From
 * `zoneParts`.
 */
export type ZoneParts = ReadonlyMap<string, number>

/** The members of one stage, and which of them a target may go to. */
class Stage {
  readonly all: Candidates
  readonly everywhere: readonly string[]
  readonly #rules: ChoiceRules
  readonly #known: Map<string, Candidates> = new Map()

  constructor({ members }: EpochStage, rules: ChoiceRules) {
    this.all = new Candidates(members)
    this.everywhere = this.all.members.map(({ id }) => id)
    this.#rules = rules
  }

  candidates(facet: Facet, isOverflow: boolean): Candidates {
    const { strategy, hasFallback, zones } = this.#rules
    if (strategy === 'per-node') {
      const own = this.#some(`node ${facet.node}`, ({ node }) => node !== '' && node === facet.node)
      if (own.members.length > 0 || !hasFallback) return own
    }
    if (zones === 'none' || facet.zone === '') return this.all
    const { zone } = facet
    const own = this.#some(`zone ${zone}`, (member) => member.zone === zone)
    if (zones === 'strict' || (own.members.length > 0 && !isOverflow)) return own
    const others = this.#some(`not zone ${zone}`, (member) => member.zone !== zone)
    return others.members.length > 0 ? others : own
  }

  #some(name: string, isOne: (member: MemberSpec) => boolean): Candidates {
    let known = this.#known.get(name)
    if (known === undefined) {
      known = new Candidates(this.all.members.filter(isOne))
      this.#known.set(name, known)
    }
    return known
  }
}

/**
 * The choice at one epoch: pure, so that every replica with the same epoch and rules makes the same one. What
 * hangs on all targets together is not in it, see `assignBounded`; but for the crowd of zones, which it is given.
 */
export class Choice {
  readonly epoch: Epoch
  readonly rules: ChoiceRules
  readonly #stages: readonly Stage[]
  readonly #zoneParts: ZoneParts
  readonly #sets: OwnerSets

  constructor(epoch: Epoch, rules: ChoiceRules, sets: OwnerSets, zoneParts: ZoneParts = new Map()) {
    this.epoch = epoch
    this.rules = rules
    this.#sets = sets
    this.#zoneParts = zoneParts
    this.#stages = epoch.stages.map((stage) => new Stage(stage, rules))
  }

  /** The owners of a target, best first; the same array for the same owners. */
  owners(key: number, facet: Facet): readonly string[] {
    if (facet.isEverywhere) return this.#sets.of(this.#stages[0]?.everywhere ?? [])
    const candidates = this.candidates(key, facet)
    const count = this.rules.replicationFactor
    const best = count === 1 ? candidates.members[candidates.best(key)] : undefined
    return best === undefined
      ? this.#sets.ofMembers(candidates.top(key, count))
      : this.#sets.of([best.id])
  }

  /** Those a target may go to: where its own stage has none for it, those of the newest. */
  candidates(key: number, facet: Facet): Candidates {
    const isOverflow = this.#isOverflow(key, facet)
    const own = this.#stageOf(key)?.candidates(facet, isOverflow)
    if (own !== undefined && own.members.length > 0) return own
    return this.#stages[0]?.candidates(facet, isOverflow) ?? none
  }

  /** Whether it was given the same parts of zones. */
  hasZoneParts(parts: ZoneParts): boolean {
    if (parts.size !== this.#zoneParts.size) return false
    for (const [zone, part] of parts) if (this.#zoneParts.get(zone) !== part) return false
    return true
  }

  /** The owners it has once the newest members are all targets'. */
  finally(): Choice {
    const { generation, classes } = this.epoch
    const members = newestMembers(this.epoch)
    const epoch = { generation, classes, stages: [{ below: 2 ** 32, members }] }
    return new Choice(epoch, this.rules, this.#sets, this.#zoneParts)
  }

  #stageOf(key: number): Stage | undefined {
    const { stages } = this.epoch
    return this.#stages[stages.length === 1 ? 0 : stageAt(stages, orderOf(key))]
  }

  #isOverflow(key: number, { zone }: Facet): boolean {
    if (this.rules.zones !== 'soft' || zone === '') return false
    const parts = this.#zoneParts.get(zone)
    return parts !== undefined && overflowOf(key) >= parts
  }
}

const none = new Candidates([])

/** What differs between two choices: most owners are the same, which is found out without choosing again. */
export class ChoiceDiff {
  readonly #before: Choice
  readonly #after: Choice
  readonly #diffs: Map<Candidates, Map<Candidates, CandidatesDiff>> = new Map()

  constructor(before: Choice, after: Choice) {
    this.#before = before
    this.#after = after
  }

  /** The owners of a target now. @param owners those it had */
  owners(key: number, facet: Facet, owners: readonly string[]): readonly string[] {
    if (facet.isEverywhere) return this.#after.owners(key, facet)
    const diff = this.#diff(this.#before.candidates(key, facet), this.#after.candidates(key, facet))
    const { replicationFactor } = this.#after.rules
    const isKept =
      this.#before.rules.replicationFactor === replicationFactor &&
      (diff.isEmpty || diff.keeps(key, owners, replicationFactor))
    return isKept ? owners : this.#after.owners(key, facet)
  }

  #diff(before: Candidates, after: Candidates): CandidatesDiff {
    let ofBefore = this.#diffs.get(before)
    if (ofBefore === undefined) {
      ofBefore = new Map()
      this.#diffs.set(before, ofBefore)
    }
    let diff = ofBefore.get(after)
    if (diff === undefined) {
      diff = new CandidatesDiff(before, after)
      ofBefore.set(after, diff)
    }
    return diff
  }
}
