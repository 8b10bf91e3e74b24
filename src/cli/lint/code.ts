import type { Complaint, Level } from './finding.js'
import type { Labels } from '../../labels/index.js'
import type { LintedConfig } from './rule-list.js'
import type { SnapshotReview } from './snapshot/review.js'

/** What all codes look at. */
export interface LintInput {
  readonly configs: readonly LintedConfig[]
  /** In the order in which they were named. */
  readonly snapshots: readonly SnapshotReview[]
  /** Microseconds. */
  readonly now: () => number
}

/** One thing that the linter looks for. */
export interface LintCode {
  /** `M104` */
  readonly code: string
  /** In a few words, for `--help`. */
  readonly title: string
  readonly level: Level
  /** What it looks at. */
  readonly needs: 'config' | 'snapshot'
  /** Why it is worth saying, for the docs. */
  readonly why: string
  /** What to do about it, for the docs. */
  readonly cure: string
  /** A config in which it is found. */
  readonly example: string
  /** The same, cured; left out where that needs other targets. */
  readonly cured?: string
  /** For a code that needs a snapshot: the targets of `nodes.json` in it, and in a second one. */
  readonly targets?: readonly (readonly Labels[])[]
  readonly find: (input: LintInput) => Iterable<Complaint>
}

const mostShown = 80

/** A text of the config as messages show it. */
export function shown(text: string): string {
  return `\`${text.length > mostShown ? `${text.slice(0, mostShown - 1)}…` : text}\``
}
