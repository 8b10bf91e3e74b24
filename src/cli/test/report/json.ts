import { documentText } from '../../terminal/document.js'
import type { RunResult } from '../result.js'
import { totalsOf } from '../result.js'

/** A run as one JSON document. */
export function jsonReport(result: RunResult): string {
  const { files, coverage, bailed, updated } = result
  return documentText(
    {
      ...totalsOf(result),
      bailed,
      updated,
      files: files.map(({ file, cases, broken }) => ({
        file,
        broken,
        tests: cases.map(({ name, place, verdict }) => ({
          name,
          file: place.file,
          line: place.line,
          column: place.column,
          result: verdict.kind,
          lines: verdict.kind === 'passed' ? [] : verdict.lines,
          rules: verdict.kind === 'failed' ? verdict.rules : [],
        })),
      })),
      coverage: coverage && {
        covered: coverage.covered,
        least: coverage.least,
        rules: coverage.rules.map(({ subject, key, number, place, ran, matched, decided }) => ({
          subject,
          key,
          rule: number,
          file: place?.file,
          line: place?.line,
          column: place?.column,
          ran,
          matched,
          decided,
        })),
      },
    },
    'json',
  )
}
