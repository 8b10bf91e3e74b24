/** How a check ended: good, with findings of the linter alone, or bad. */
export type Verdict = 0 | 1 | 2

interface Verdicts {
  readonly good: Verdict
  readonly linted: Verdict
  readonly bad: Verdict
  worse(a: Verdict, b: Verdict): Verdict
}

export const verdict: Verdicts = {
  good: 0,
  linted: 1,
  bad: 2,
  worse: (a, b) => (a > b ? a : b),
}

/**
 * The exit code, as promtool has it: 0, 1 for what is wrong, 3 for findings of the linter where
 * those are to count.
 */
export function checkExitCode(result: Verdict, lintIsFatal: boolean): number {
  if (result === verdict.bad) return 1
  return result === verdict.linted && lintIsFatal ? 3 : 0
}
