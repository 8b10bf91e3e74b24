import type { Place } from '../../../yaml/index.js'
import type { RunResult } from '../result.js'
import { isBelowLeast, totalsOf } from '../result.js'
import { coverageLines, verdictLines } from './pretty.js'

/**
 * A run as workflow commands of GitHub Actions: an annotation for everything that is wrong.
 * @see https://docs.github.com/actions/reference/workflows-and-actions/workflow-commands
 */
export function githubReport(result: RunResult): readonly string[] {
  const { passed, failed, broken } = totalsOf(result)
  const { coverage } = result
  return [
    ...result.files.flatMap(({ file, cases, broken: lines }) => [
      ...(lines.length > 0 ? [command('error', { file }, 'cannot be used', lines)] : []),
      ...cases.flatMap(({ name, place, verdict }) =>
        verdict.kind === 'passed' ? [] : [command('error', place, name, verdictLines(verdict))],
      ),
    ]),
    ...(coverage === undefined ? [] : uncovered(result)),
    `${String(passed)} passed, ${String(failed)} failed, ${String(broken)} could not be run`,
  ]
}

/** What is not covered is an error where there is a limit that it is beyond, and a notice otherwise. */
function uncovered(result: RunResult): readonly string[] {
  const { coverage } = result
  if (coverage === undefined || coverage.covered === 1) return []
  const level = isBelowLeast(result) ? 'error' : 'notice'
  return [command(level, {}, 'coverage of the rules', coverageLines(coverage))]
}

function command(
  level: 'error' | 'notice',
  { file, line, column }: Partial<Place>,
  title: string,
  lines: readonly string[],
): string {
  const properties = [
    ...(file === undefined ? [] : [`file=${property(file)}`]),
    ...(line === undefined ? [] : [`line=${String(line)}`]),
    ...(column === undefined ? [] : [`col=${String(column)}`]),
    `title=${property(title)}`,
  ]
  return `::${level} ${properties.join(',')}::${data(lines.join('\n'))}`
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
