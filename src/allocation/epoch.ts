import { compareIds, type MemberSpec } from './member.js'

/** One set of members, and the targets that go by it. */
export interface EpochStage {
  /** The targets whose order (`orderOf`) is below this go by these members; 0 to 2^32. */
  readonly below: number
  readonly members: readonly MemberSpec[]
}

/**
 * Everything that the choice remembers, as one value that is plain JSON: with it, the targets and the
 * settings, every replica computes the same owners.
 */
export interface Epoch {
  /** Counts the decisions. */
  readonly generation: number
  /**
   * The newest members first. A target goes by the first stage whose `below` is above its order; the last
   * stage has 2^32. So a budget is one number that goes up, and no target has to be named.
   */
  readonly stages: readonly EpochStage[]
  /**
   * How much targets weigh, as exponents of two, by job and by the hash of the key (unsigned, base 36);
   * 0 where left out.
   */
  readonly classes: Readonly<Record<string, Readonly<Record<string, number>>>>
}

/** Above the order of every target. */
export const wholeOrder: number = 2 ** 32

/** An epoch in which every target goes by these members. */
export function epochOf(members: Iterable<MemberSpec>, generation = 1): Epoch {
  const stage = { below: wholeOrder, members: [...members].sort(compareIds) }
  return { generation, stages: [stage], classes: {} }
}

/** Which stage a target goes by. @param order of the target */
export function stageAt(stages: readonly EpochStage[], order: number): number {
  const at = stages.findIndex(({ below }) => order < below)
  return at < 0 ? stages.length - 1 : at
}

/** The members that are new targets' and, in time, all targets'. */
export function newestMembers(epoch: Epoch): readonly MemberSpec[] {
  return epoch.stages[0]?.members ?? []
}
