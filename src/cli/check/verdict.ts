/** How a check ended: good, with findings of the linter alone, or bad. */
export type Verdict = 0 | 1 | 2

const good: Verdict = 0
const linted: Verdict = 1
const bad: Verdict = 2

export const verdict = {
  good,
  linted,
  bad,
  worse: (a: Verdict, b: Verdict): Verdict => (a > b ? a : b),
} as const

/**
 * The exit code, as promtool has it: 0, 1 for what is wrong, 3 for findings of the linter where
 * those are to count.
 */
export function exitCodeOf(result: Verdict, lintIsFatal: boolean): number {
  if (result === bad) return 1
  return result === linted && lintIsFatal ? 3 : 0
}
