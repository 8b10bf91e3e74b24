import type { RelabelRule } from './rule.js'

/** A rule as the API of Prometheus shows it: what it does, defaults included, and no empty fields. */
export type PlainRule = Readonly<Record<string, string | number | readonly string[]>>

/** A modulus that no JSON number holds exactly is a text. */
export function plainRule(rule: RelabelRule): PlainRule {
  const { source_labels = [], separator, regex = '(.*)', modulus, target_label } = rule
  const number = typeof modulus === 'bigint' ? String(modulus) : modulus
  return {
    ...(source_labels.length > 0 ? { source_labels } : {}),
    separator,
    regex,
    ...(number === 0 ? {} : { modulus: number }),
    ...(target_label === '' ? {} : { target_label }),
    replacement: rule.replacement,
    action: rule.action,
  }
}
