import {
  ConfigError,
  type ConfigIssue,
  decodeText,
  type Decoding,
  duration,
  field,
  formatIssue,
  int,
  list,
  map,
  optional,
  Places,
  struct,
  text,
  type Type,
  yamlText,
} from '../../yaml/index.js'
import { isLabelName, isUtf8 } from '../../relabel/index.js'
import { goQuote } from '../../go/quote.js'

/** One rule, as far as it is checked. */
export interface Rule {
  readonly record: string
  readonly alert: string
  readonly expr: string
  readonly labels: Readonly<Record<string, string>>
}

interface RuleGroup {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly rules: readonly Rule[]
}

interface CheckedRule extends Rule {
  readonly for: number
  readonly keep_firing_for: number
  readonly annotations: Readonly<Record<string, string>>
}

function checkLabels(labels: Readonly<Record<string, string>>, at: Decoding): void {
  for (const [name, value] of Object.entries(labels)) {
    if (!isLabelName(name, 'utf8') || name === '__name__') {
      at.failKey('labels', `invalid label name: ${name}`)
    }
    if (!isUtf8(value)) at.failKey('labels', `invalid label value: ${value}`)
  }
}

function checkRule(rule: CheckedRule, at: Decoding): void {
  checkLabels(rule.labels, at)
  for (const name of Object.keys(rule.annotations)) {
    if (!isLabelName(name, 'utf8')) at.failKey('annotations', `invalid annotation name: ${name}`)
  }
  if (rule.record !== '' && rule.alert !== '') {
    at.failKey('alert', "only one of 'record' and 'alert' must be set")
  } else if (rule.record === '' && rule.alert === '') {
    at.fail("one of 'record' or 'alert' must be set")
  }
  if (rule.expr === '') at.failKey('expr', "field 'expr' must be set in rule")
  if (rule.record === '') return
  if (!isUtf8(rule.record)) at.failKey('record', `invalid recording rule name: ${rule.record}`)
  if (/[{}]/u.test(rule.record)) {
    const message = `braces present in the recording rule name; should it be in expr?: ${rule.record}`
    at.failKey('record', message)
  }
  if (Object.keys(rule.annotations).length > 0) {
    at.failKey('annotations', "invalid field 'annotations' in recording rule")
  }
  if (rule.for !== 0) at.failKey('for', "invalid field 'for' in recording rule")
  if (rule.keep_firing_for !== 0) {
    at.failKey('keep_firing_for', "invalid field 'keep_firing_for' in recording rule")
  }
}

const rule: Type<CheckedRule> = struct(
  'rulefmt.Rule',
  {
    record: field(text),
    alert: field(text),
    expr: field(text),
    for: field(duration),
    keep_firing_for: field(duration),
    labels: field(map(text)),
    annotations: field(map(text)),
  },
  checkRule,
)

const group: Type<RuleGroup> = struct(
  'rulefmt.RuleGroup',
  {
    name: field(text),
    interval: field(duration),
    query_offset: field(optional(duration)),
    limit: field(int),
    labels: field(map(text)),
    rules: field(list(rule)),
  },
  (value, at) => {
    if (value.name === '') at.failKey('name', 'Groupname must not be empty')
    checkLabels(value.labels, at)
  },
)

const ruleFile: Type<{ readonly groups: readonly RuleGroup[] }> = struct(
  'rulefmt.RuleGroups',
  { groups: field(list(group)) },
  ({ groups }, at) => {
    const seen = new Set<string>()
    for (const one of groups) {
      if (seen.has(one.name)) {
        const message = `groupname: ${goQuote(one.name)} is repeated in the same file`
        at.failAt(at.places.of(one, 'name') ?? at.place(), message)
      }
      seen.add(one.name)
    }
  },
)

/** A rule file that was read: its rules, or what is wrong with it. */
export interface RuleFile {
  readonly rules: readonly Rule[]
  readonly faults: readonly string[]
}

const unknownField = /^field .* not found in type /

/** Reads a rule file and checks its shape; expressions are left to Prometheus. */
export function parseRuleFile(file: string, content: Uint8Array, ignoreUnknown: boolean): RuleFile {
  const counts = (issue: ConfigIssue): boolean =>
    !(ignoreUnknown && unknownField.test(issue.message))
  try {
    // Prometheus reads rule files with yaml.v3, and all others with yaml.v2.
    const text = yamlText(file, content)
    const { value, issues } = decodeText(ruleFile, file, text, new Places(), 'yaml.v3')
    const rules = value.groups.flatMap((one) => one.rules)
    return { rules, faults: issues.filter(counts).map(formatIssue) }
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error
    return { rules: [], faults: error.issues.map(formatIssue) }
  }
}
