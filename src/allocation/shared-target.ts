import type { GroupRange, ListPart } from '../scrape/lists/list-part.js'
import type { Target } from '../scrape/targets/target.js'
import type { Facet } from './rules.js'

/** A target of a job, where it is listed, and who has it. */
export interface SharedTarget {
  readonly target: Target
  readonly key: number
  readonly facet: Facet
  readonly weight: number
  /** Best first; equal ones are the same array. */
  owners: readonly string[]
  /** Who has it beside them, until the owners have it. */
  leaving: readonly string[]
  /** Where it stands: one position of a group. */
  range: GroupRange
  /** The part it was last seen in; undefined once it is gone. */
  part: ListPart | undefined
}
