import type { Complaint, Level } from './finding.js'
import type { LintedConfig } from './rule-list.js'

/** What all codes look at. */
export interface LintInput {
  readonly configs: readonly LintedConfig[]
}

/** One thing that the linter looks for. */
export interface LintCode {
  /** `M104` */
  readonly code: string
  /** In a few words, for `--help`. */
  readonly title: string
  readonly level: Level
  /** Why it is worth saying, for the docs. */
  readonly why: string
  /** What to do about it, for the docs. */
  readonly cure: string
  /** Configs in which it is found, by file name; the first one is shown. */
  readonly example: Readonly<Record<string, string>>
  /** The first of them, cured. */
  readonly cured: string
  find(input: LintInput): Iterable<Complaint>
}

const mostShown = 80

/** A text of the config as messages show it. */
export function shown(text: string): string {
  return `\`${text.length > mostShown ? `${text.slice(0, mostShown - 1)}…` : text}\``
}
