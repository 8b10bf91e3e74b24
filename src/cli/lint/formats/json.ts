import type { LintResult } from '../lint.js'

/** The result as one JSON document. */
export function jsonReport({ findings, unusable, gaps }: LintResult): string {
  const shown = findings.map(({ code, level, place, message }) => ({
    code,
    level,
    ...place,
    message,
  }))
  return JSON.stringify({ findings: shown, errors: unusable, gaps }, undefined, 2)
}
