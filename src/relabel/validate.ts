import { goQuote } from '../go/quote.js'
import { isLabelName, isNameTemplate, type NameScheme } from './label-name.js'
import { defaultRule, type RelabelRule } from './rule.js'

const writes = new Set(['replace', 'hashmod', 'lowercase', 'uppercase', 'keepequal', 'dropequal'])
const plain = new Set(['lowercase', 'uppercase', 'keepequal', 'dropequal'])

/** What is wrong with a rule, and the key it is about. */
export interface RuleIssue {
  readonly key: keyof RelabelRule
  readonly message: string
}

/**
 * Checks what can be checked once it is known which label names are valid, in Prometheus' order and
 * words (`Config.Validate` of model/relabel). The regex was checked when the rule was read.
 * @returns the first thing that is wrong; undefined for a good rule
 */
export function validateRule(rule: RelabelRule, scheme: NameScheme): RuleIssue | undefined {
  return checkAction(rule) ?? checkNames(rule, scheme) ?? checkExtras(rule)
}

function checkAction(rule: RelabelRule): RuleIssue | undefined {
  const { action } = rule
  if (action === '') return { key: 'action', message: 'relabel action cannot be empty' }
  if (action === 'hashmod' && Number(rule.modulus) === 0) {
    const message = 'relabel configuration for hashmod requires non-zero modulus'
    return { key: 'modulus', message }
  }
  if (writes.has(action) && rule.target_label === '') {
    const message = `relabel configuration for ${action} action requires 'target_label' value`
    return { key: 'target_label', message }
  }
  return undefined
}

function checkNames(rule: RelabelRule, scheme: NameScheme): RuleIssue | undefined {
  const { action, target_label: target, replacement } = rule
  const badTarget = {
    key: 'target_label',
    message: `${goQuote(target)} is invalid 'target_label' for ${action} action`,
  } as const
  if (action === 'replace') {
    const valid = target.includes('$')
      ? isNameTemplate(target, scheme)
      : isLabelName(target, scheme)
    if (!valid) return badTarget
  }
  if (plain.has(action)) {
    if (!isLabelName(target, scheme)) return badTarget
    if (replacement !== defaultRule.replacement) {
      const message = `'replacement' can not be set for ${action} action`
      return { key: 'replacement', message }
    }
  }
  if (action === 'labelmap' && !isNameTemplate(replacement, scheme)) {
    const message = `${goQuote(replacement)} is invalid 'replacement' for labelmap action`
    return { key: 'replacement', message }
  }
  if (action === 'hashmod' && !isLabelName(target, scheme)) return badTarget
  return undefined
}

/** Some actions take few fields; the regex counts as set wherever it is written, default or not. */
function checkExtras(rule: RelabelRule): RuleIssue | undefined {
  const { action } = rule
  const changed = (keys: readonly (keyof RelabelRule)[]): keyof RelabelRule | undefined =>
    keys.find((key) => rule[key] !== defaultRule[key])
  if (action === 'keepequal' || action === 'dropequal') {
    const key = changed(['regex', 'modulus', 'separator', 'replacement'])
    if (key === undefined) return undefined
    const message = `${action} action requires only 'source_labels' and \`target_label\`, and no other fields`
    return { key, message }
  }
  if (action === 'labeldrop' || action === 'labelkeep') {
    const key = changed(['source_labels', 'target_label', 'modulus', 'separator', 'replacement'])
    if (key === undefined) return undefined
    return { key, message: `${action} action requires only 'regex', and no other fields` }
  }
  return undefined
}
