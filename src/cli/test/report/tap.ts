import { formatPlace } from '../../../yaml/index.js'
import type { RunResult } from '../result.js'
import { isBelowLeast } from '../result.js'
import { coverageLines, verdictLines } from './pretty.js'

/** A run as the Test Anything Protocol, version 14. */
export function tapReport(result: RunResult): readonly string[] {
  const points: string[][] = []
  const add = (isOk: boolean, name: string, lines: readonly string[]): void => {
    const number = String(points.length + 1)
    const detail = lines.map((line) => `    ${line}`)
    const block = detail.length === 0 ? [] : ['  ---', '  message: |', ...detail, '  ...']
    points.push([`${isOk ? 'ok' : 'not ok'} ${number} - ${escaped(name)}`, ...block])
  }
  for (const { file, cases, broken } of result.files) {
    if (broken.length > 0) add(false, `${file} can be used`, broken)
    for (const { name, place, verdict } of cases) {
      const isOk = verdict.kind === 'passed'
      add(isOk, `${file}: ${name}`, isOk ? [] : [formatPlace(place), ...verdictLines(verdict)])
    }
  }
  const { coverage } = result
  if (coverage?.least !== undefined) {
    const isOk = !isBelowLeast(result)
    add(isOk, 'enough rules are covered', isOk ? [] : coverageLines(coverage))
  }
  const comments = coverage === undefined ? [] : coverageLines(coverage).map((line) => `# ${line}`)
  return [
    'TAP version 14',
    `1..${String(points.length)}`,
    ...points.flat(),
    ...comments,
    ...(result.bailed ? ['Bail out! the first failure ended the run (--bail)'] : []),
  ]
}

/** A number sign would begin a directive. */
function escaped(name: string): string {
  return name.replace(/[\\#]/g, '\\$&')
}
