import { formatPlace } from '../../../yaml/index.js'
import { type Line, styled } from '../../terminal/styled.js'
import type { CoverageResult, RunResult, Verdict } from '../result.js'
import { isBelowLeast, totalsOf } from '../result.js'

/** How many uncovered rules are named. */
const maxNamed = 50

/** A run for people: a line a file, what failed in full, and what it comes to. */
export function prettyReport(result: RunResult): readonly Line[] {
  return [
    ...result.files.flatMap(({ file, cases, broken }): readonly Line[] => {
      const bad = cases.filter(({ verdict }) => verdict.kind !== 'passed')
      const isGood = bad.length === 0 && broken.length === 0
      const passed = `${String(cases.length - bad.length)} of ${String(cases.length)} passed`
      return [
        [styled(isGood ? 'green' : 'red', isGood ? '✓' : '✗'), ` ${file}: ${passed}`],
        ...broken.map((line) => `  ${line}`),
        ...bad.flatMap(({ name, place, verdict }) => [
          '',
          [styled('red', '  ✗ '), styled('bold', name), styled('dim', ` ${formatPlace(place)}`)],
          ...verdictLines(verdict).map(coloured),
        ]),
        ...(bad.length > 0 ? [''] : []),
      ]
    }),
    ...result.updated.map((file): Line => ['updated ', file]),
    ...(result.coverage === undefined ? [] : coverageLines(result.coverage)),
    ...summary(result),
  ]
}

/** What is said about a case, in lines without its name. */
export function verdictLines(verdict: Verdict): readonly string[] {
  if (verdict.kind === 'passed') return []
  if (verdict.kind === 'broken') return verdict.lines.map((line) => `    ${line}`)
  return [
    ...verdict.lines.map((line) => `    ${line}`),
    ...(verdict.rules.length === 0 ? [] : ['    rules:']),
    ...verdict.rules.map((line) => `      ${line}`),
  ]
}

/** The lines of a difference in the colours of one. */
function coloured(line: string): Line {
  if (/^ +- /.test(line)) return [styled('red', line)]
  return /^ +\+ /.test(line) ? [styled('green', line)] : line
}

/** Which rules the cases came to. */
export function coverageLines({ rules, covered, least }: CoverageResult): readonly string[] {
  const count = (is: (rule: CoverageResult['rules'][number]) => boolean): string =>
    String(rules.filter(is).length)
  const named = rules.flatMap((rule) => {
    if (rule.decided > 0) return []
    const why =
      rule.ran === 0
        ? 'no case reaches it'
        : rule.matched === 0
          ? 'never matches'
          : 'never changes anything'
    const place = rule.place === undefined ? '' : `${formatPlace(rule.place)}: `
    return [`  ${place}${rule.subject}, ${rule.key}, rule ${String(rule.number)}: ${why}`]
  })
  const more = named.length - maxNamed
  const limit = least === undefined ? '' : ` (at least ${percent(least)} wanted)`
  return [
    `rules: ${String(rules.length)}, ran ${count(({ ran }) => ran > 0)}, ` +
      `matched ${count(({ matched }) => matched > 0)}, decided ${count(({ decided }) => decided > 0)}`,
    ...named.slice(0, maxNamed),
    ...(more > 0 ? [`  and ${String(more)} more rules`] : []),
    `coverage: ${percent(covered)} of the rules decided something${limit}`,
  ]
}

/** Cut off, not rounded: only all of them are 100%. */
function percent(part: number): string {
  return `${String(Math.floor(part * 1000) / 10)}%`
}

function summary(result: RunResult): readonly Line[] {
  const { passed, failed, broken } = totalsOf(result)
  const parts: Line = [
    styled(passed > 0 && failed + broken === 0 ? 'green' : 'bold', `${String(passed)} passed`),
    ...(failed > 0 ? [', ', styled('red', `${String(failed)} failed`)] : []),
    ...(broken > 0 ? [', ', styled('red', `${String(broken)} could not be run`)] : []),
    ...(result.bailed ? [', the others were not run (--bail)'] : []),
    ...(isBelowLeast(result) ? [', ', styled('red', 'too few rules are covered')] : []),
  ]
  return [parts]
}
