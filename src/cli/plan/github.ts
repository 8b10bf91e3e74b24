import { visibleLine } from '../../go/visible.js'
import type { Plan, RuleName } from '../../plan/index.js'
import { counted, headline, unknownText } from './words.js'

/**
 * A plan as annotations of a GitHub workflow, a line each: at every rule of the new config that removes
 * targets, and what is wrong with the plan.
 * @param beyond the limits that are exceeded, a sentence each
 */
export function githubLines(plan: Plan, beyond: readonly string[]): readonly string[] {
  const rules = plan.jobs.flatMap(({ job, removedBy }) =>
    removedBy.map(({ by, targets }) => {
      const message = `rule ${String(by.rule)} removes ${counted(targets, 'target')} of job ${JSON.stringify(job)}`
      return command('warning', message, by)
    }),
  )
  return [
    command('notice', headline(plan)),
    ...rules,
    ...plan.unknown.map((one) => command('warning', `not known: ${unknownText(one)}`)),
    ...beyond.map((sentence) => command('error', sentence)),
  ]
}

function command(kind: 'notice' | 'warning' | 'error', message: string, by?: RuleName): string {
  const at = /^(.*):([0-9]+):([0-9]+)$/s.exec(by?.place ?? '')
  const [, file = '', line = '', column = ''] = at ?? []
  const where = at === null ? '' : ` file=${property(file)},line=${line},col=${column}`
  return `::${kind}${where}::${data(visibleLine(message))}`
}

function data(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function property(text: string): string {
  return data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
