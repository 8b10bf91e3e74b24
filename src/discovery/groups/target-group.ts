import type { Labels } from '../../labels/index.js'

/**
 * Targets that belong together. Within one provider a later group with the same `source` replaces
 * the earlier one, and one without targets deletes it. A group is never changed once it is emitted.
 */
export interface TargetGroup {
  /** Names the group within its provider. */
  readonly source: string
  /** Labels of every target, unless the target has one of that name itself. */
  readonly labels: Labels
  /** Each target's own labels; `__address__` is the one that matters. */
  readonly targets: readonly Labels[]
}
