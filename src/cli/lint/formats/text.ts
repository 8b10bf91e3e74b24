import { formatPlace } from '../../../yaml/index.js'
import type { LintResult } from '../lint.js'

/** The findings, a line each: `prometheus.yml:24:9: M104 …`. */
export function textReport({ findings }: Pick<LintResult, 'findings'>): readonly string[] {
  return findings.map(
    ({ code, level, place, message }) =>
      `${formatPlace(place)}: ${code} ${level === 'note' ? '(note) ' : ''}${message}`,
  )
}
