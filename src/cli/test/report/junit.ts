import { formatPlace } from '../../../yaml/index.js'
import type { FileResult, RunResult } from '../result.js'
import { isBelowLeast } from '../result.js'
import { coverageLines, verdictLines } from './pretty.js'

/** A run as JUnit XML: a test suite a file, a test case a case. */
export function junitReport(result: RunResult): readonly string[] {
  const { coverage } = result
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<testsuites name="muster test">',
    ...result.files.flatMap(suite),
    ...(coverage?.least === undefined ? [] : coverageSuite(result, coverageLines(coverage))),
    '</testsuites>',
  ]
}

function suite({ file, cases, broken }: FileResult): readonly string[] {
  const count = (kind: string): number =>
    cases.filter(({ verdict }) => verdict.kind === kind).length
  const isBroken = broken.length > 0 ? 1 : 0
  const numbers = {
    tests: cases.length + isBroken,
    failures: count('failed'),
    errors: count('broken') + isBroken,
  }
  return [
    `  <testsuite${attributes({ name: file, ...numbers })}>`,
    ...(broken.length > 0 ? testCase('the file can be used', file, { file }, 'error', broken) : []),
    ...cases.flatMap(({ name, place, verdict }) => {
      const at = { file: place.file, line: place.line }
      if (verdict.kind === 'passed') return testCase(name, file, at)
      const lines = [formatPlace(place), ...verdictLines(verdict)]
      return testCase(name, file, at, verdict.kind === 'failed' ? 'failure' : 'error', lines)
    }),
    '  </testsuite>',
  ]
}

function coverageSuite(result: RunResult, lines: readonly string[]): readonly string[] {
  const isBelow = isBelowLeast(result)
  const numbers = { tests: 1, failures: isBelow ? 1 : 0, errors: 0 }
  const name = 'enough rules are covered'
  return [
    `  <testsuite${attributes({ name: 'coverage', ...numbers })}>`,
    ...(isBelow
      ? testCase(name, 'coverage', {}, 'failure', lines)
      : testCase(name, 'coverage', {})),
    '  </testsuite>',
  ]
}

function testCase(
  name: string,
  classname: string,
  place: Readonly<Record<string, string | number>>,
  element?: 'failure' | 'error',
  lines: readonly string[] = [],
): readonly string[] {
  const start = `    <testcase${attributes({ name, classname, ...place })}`
  if (element === undefined) return [`${start}/>`]
  const message = (lines.find((line) => /expected|labels/.test(line)) ?? lines[0] ?? '').trim()
  return [
    `${start}>`,
    `      <${element}${attributes({ message })}>${escaped(lines.join('\n'))}</${element}>`,
    '    </testcase>',
  ]
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return (
    Object.entries(values)
      // A line break is read as a space there, and a line could begin with a command to a CI server.
      .map(([name, value]) => ` ${name}="${escaped(String(value)).replaceAll('\n', '&#10;')}"`)
      .join('')
  )
}

const entities: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ['"', '&quot;'],
  ["'", '&apos;'],
])

/** Text of XML 1.0, in which most control characters cannot be written at all. */
function escaped(text: string): string {
  return text
    .replace(/[&<>"']/g, (character) => entities.get(character) ?? character)
    .replace(/[^\t\n\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
}
