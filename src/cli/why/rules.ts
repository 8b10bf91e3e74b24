import { type Labels, labelValue } from '../../labels/index.js'
import { goQuote } from '../../go/quote.js'
import type { StepElement } from './answers.js'

/** What is known of the rules that a label set goes through. */
export interface ExplainedRules {
  readonly target: { readonly discoveredLabels: Labels }
  readonly steps: readonly StepElement[] | undefined
  /** Where the rules stand: `prometheus.yml:12:7`. */
  readonly places: readonly string[]
}

/** What each rule does to a target, a line each, up to the one that drops it. */
export function ruleLines({ target, steps = [], places }: ExplainedRules): readonly string[] {
  const last = steps.findIndex(({ keep }) => !keep)
  const shown = last < 0 ? steps : steps.slice(0, last + 1)
  let labels = target.discoveredLabels
  return shown.map((step, i) => {
    const effect = step.keep ? effectOf(labels, step.output) : 'DROPS THE TARGET'
    labels = step.output
    const place = places[i] === undefined ? '' : ` (${places[i]})`
    return `rule ${String(i + 1)}${place}: ${describe(step.rule)}: ${effect}`
  })
}

/** The label that a rule set, changed or took away. */
function effectOf(before: Labels, after: Labels): string {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
  const effects = names.flatMap((name) => {
    const [was, is] = [labelValue(before, name), labelValue(after, name)]
    if (was === is) return []
    return is === '' ? `takes ${name} away` : `sets ${name}=${goQuote(is)}`
  })
  return effects.length === 0 ? 'changes nothing' : effects.join(', ')
}

/** `drop where __meta_env matches "test"` */
function describe(rule: StepElement['rule']): string {
  const text = (key: string): string => (typeof rule[key] === 'string' ? rule[key] : '')
  const { source_labels: sources } = rule
  const source = Array.isArray(sources) ? sources.join(text('separator')) : ''
  const [action, target] = [text('action'), text('target_label')]
  const regex = `matches ${goQuote(text('regex'))}`
  switch (action) {
    case 'keep':
    case 'drop':
      return `${action} where ${goQuote(source)} ${regex}`
    case 'keepequal':
    case 'dropequal':
      return `${action} where ${goQuote(source)} is ${target}`
    case 'labelmap':
    case 'labeldrop':
    case 'labelkeep':
      return `${action} of names that ${regex.replace('matches', 'match')}`
    default:
      return `${action} ${target}${source === '' ? '' : ` from ${goQuote(source)}`}`
  }
}
