import type { Labels } from '../../labels/index.js'
import {
  checkSteps,
  LabelSizeError,
  maxWork,
  type NameScheme,
  PatternError,
  plainRule,
  Relabeler,
  type RelabelRule,
  relabelRuleSection,
  RelabelWorkError,
  validateRule,
} from '../../relabel/index.js'
import { Pattern } from '../../relabel/regex/pattern.js'
import {
  anyValue,
  ConfigError,
  type ConfigIssue,
  decodeText,
  list,
  type Place,
  Places,
} from '../../yaml/index.js'

/** Instructions of all expressions together: 50 ms of compiling. */
const maxExpressions = 10_000
const rulesFile = 'rules'

/** Something that is wrong with the rules; line and column count from 1. */
export interface RuleFault {
  readonly line: number
  readonly column: number
  readonly message: string
  readonly hint?: string
}

export type ReadRules = SoundRules | { readonly issues: readonly RuleFault[] }

/** Rules, and where each stands in their text. */
export interface SoundRules {
  readonly rules: readonly RelabelRule[]
  readonly places: readonly RulePlace[]
}

export type RulePlace = Pick<Place, 'line' | 'column'>

const ruleList = list(relabelRuleSection, 'empty or null relabeling rule')

/** Reads a list of rules, as `relabel_configs` has it. */
export function readRules(text: string, scheme: NameScheme): ReadRules {
  try {
    const tooMuch = faultOfSize(text)
    if (tooMuch !== undefined) return { issues: [{ line: 1, column: 1, message: tooMuch }] }
    const places = new Places()
    const { value: rules, issues } = decodeText(ruleList, rulesFile, text, places)
    if (issues.length > 0) return { issues: issues.map(faultOf) }
    const faults = rules.flatMap((rule): readonly RuleFault[] => {
      const issue = validateRule(rule, scheme)
      if (issue === undefined) return []
      const { line, column } = places.of(rule, issue.key) ?? start
      return [{ line, column, message: issue.message }]
    })
    if (faults.length > 0) return { issues: faults }
    return { rules, places: rules.map((rule) => positionOf(places.of(rule))) }
  } catch (error) {
    if (error instanceof ConfigError) return { issues: error.issues.map(faultOf) }
    if (!(error instanceof PatternError)) throw error
    return { issues: [{ ...start, message: error.message }] }
  }
}

const start = { line: 1, column: 1 }

function positionOf(place: Place | undefined): RulePlace {
  return place === undefined ? start : { line: place.line, column: place.column }
}

function faultOf({ line, column, message, hint }: ConfigIssue): RuleFault {
  return { line, column, message, ...(hint !== undefined && { hint }) }
}

/** What would take too long to be read in one turn of the event loop. */
function faultOfSize(text: string): string | undefined {
  for (const [, name = ''] of text.matchAll(/&([\w-]+)/g)) {
    if (text.includes(`*${name}`)) return 'anchors and aliases cannot be used here'
  }
  const { value } = decodeText(anyValue, rulesFile, text)
  const expressions = Array.isArray(value) ? value.flatMap(regexesIn) : []
  const size = expressions.reduce((sum, one) => sum + Pattern.sizeOf(one), 0)
  return size > maxExpressions ? 'the expressions are too large to be tried here' : undefined
}

function regexesIn(rule: unknown): readonly string[] {
  if (typeof rule !== 'object' || rule === null || !('regex' in rule)) return []
  return typeof rule.regex === 'string' ? [rule.regex] : []
}

/** What one rule does to a label set. */
export interface RuleStep {
  readonly rule: Readonly<Record<string, unknown>>
  /** Where the rule stands in the text of the rules. */
  readonly place: RulePlace | undefined
  readonly before: Labels
  /** Empty from the rule on that drops. */
  readonly after: Labels
  readonly keep: boolean
}

/** What rules do to a label set. */
export interface RuleSteps {
  readonly labels: Labels
  readonly steps: readonly RuleStep[]
  readonly keep: boolean
}

/** What each rule does to a label set, or why the rules cannot be tried on it: it becomes too large, or takes too long. */
export function tryOn(
  { rules, places }: SoundRules,
  scheme: NameScheme,
  labels: Labels,
): RuleSteps | { readonly message: string } {
  try {
    const steps = new Relabeler(rules, scheme, maxWork).explain(labels)
    checkSteps(steps)
    let before = labels
    const shown = steps.map(({ rule, output, keep }, i): RuleStep => {
      const step = { rule: { ...plainRule(rule) }, place: places[i], before, after: output, keep }
      before = output
      return step
    })
    return { labels, steps: shown, keep: steps.every(({ keep }) => keep) }
  } catch (error) {
    const isAboutLabels = error instanceof LabelSizeError || error instanceof RelabelWorkError
    if (isAboutLabels) return { message: error.message }
    throw error
  }
}
