/** What a rule does; see the Prometheus documentation of `relabel_config`. */
export const actions = [
  'replace',
  'keep',
  'drop',
  'keepequal',
  'dropequal',
  'hashmod',
  'labelmap',
  'labeldrop',
  'labelkeep',
  'lowercase',
  'uppercase',
] as const

/** The name of what a rule does. */
export type RelabelAction = (typeof actions)[number]

/** One rule, as `relabel_configs` has it. */
export interface RelabelRule {
  /** Undefined where it was left out, which some actions tell from an empty list. */
  readonly source_labels: readonly string[] | undefined
  readonly separator: string
  /** RE2, matched against the whole value. Undefined where it was left out, which means `(.*)`. */
  readonly regex: string | undefined
  /** A uint64: a bigint only where a number cannot hold it exactly. */
  readonly modulus: number | bigint
  readonly target_label: string
  readonly replacement: string
  /** Empty only for an explicit `action:` without value, which no rule may have. */
  readonly action: RelabelAction | ''
}

/** The rule that an empty `{}` gives. */
export const defaultRule: RelabelRule = {
  source_labels: undefined,
  separator: ';',
  regex: undefined,
  modulus: 0,
  target_label: '',
  replacement: '$1',
  action: 'replace',
}

/** A rule from those fields that differ from the default. */
export function relabelRule(fields: Partial<RelabelRule>): RelabelRule {
  return { ...defaultRule, ...fields }
}

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
