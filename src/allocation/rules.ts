/** By what a target gets its members. */
export type Strategy = 'rendezvous' | 'balanced' | 'per-node'

/** What the choice is told by the config: together with an {@link Epoch} and the targets it gives the owners. */
export interface ChoiceRules {
  readonly strategy: Strategy
  /** Whether a target without a member on its node goes to any member; `per-node` alone. */
  readonly hasFallback: boolean
  /** How many members each target has, where there are that many. */
  readonly replicationFactor: number
  /** The most targets a member gets; 0 for no limit. */
  readonly maxTargets: number
  /**
   * `strict`: a target goes to members of its zone alone. `soft`: to others too, where its zone has no member, or
   * more than 1.25 times its share of the targets. `none`: zones do not count.
   */
  readonly zones: 'strict' | 'soft' | 'none'
}

/** Rendezvous hashing, one owner a target. */
export const plainRules: ChoiceRules = {
  strategy: 'rendezvous',
  hasFallback: false,
  replicationFactor: 1,
  maxTargets: 0,
  zones: 'none',
}

/** What of a target, beside its key, decides which members it may go to. Few targets have one of their own. */
export interface Facet {
  /** Empty where it has none. */
  readonly zone: string
  readonly node: string
  /** Every member gets it (`__tmp_disable_sharding`). */
  readonly isEverywhere: boolean
}

/** Of a target that has neither zone nor node, as nearly all. */
export const plainFacet: Facet = { zone: '', node: '', isEverywhere: false }

/** A crowded zone keeps this many times its share of the targets. */
export const zoneCrowd = 1.25

/** How much more than its share of the weight a member of `balanced` may get. */
export const balanceTolerance = 0.05
