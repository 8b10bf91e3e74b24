import type { LintResult } from '../lint.js'

/**
 * The result as commands of GitHub Actions, which show each finding at its line of a pull request.
 * https://docs.github.com/actions/reference/workflow-commands-for-github-actions
 */
export function githubReport({ findings, unusable }: LintResult): string {
  return [
    ...unusable.map(({ file, reason }) => `::error file=${property(file)}::${data(reason)}`),
    ...findings.map(({ code, level, place, message }) => {
      const { file, line, column } = place
      const command = level === 'note' ? 'notice' : 'warning'
      return `::${command} file=${property(file)},line=${String(line)},col=${String(column)},title=${code}::${data(message)}`
    }),
  ].join('\n')
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
