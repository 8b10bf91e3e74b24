import {
  type Ast,
  defaultRule,
  type RelabelRule,
  RuleRegex,
  templateOf,
} from '../../../relabel/index.js'
import { type LintCode, shown } from '../code.js'

/** M104: references to groups that the regex does not have, and groups that nothing refers to. */
export const references: LintCode = {
  code: 'M104',
  title: 'a reference to a group that the regex does not have, or groups that nothing refers to',
  level: 'warning',
  needs: 'config',
  why: 'A reference to a group that does not exist is the empty text, without any error: `$2` where there is one group, and `$1_prod`, which Go reads as a group named `1_prod`. A `replacement` without any reference, beside a regex that takes a part of the value, throws away what the regex took.',
  cure: 'Count the groups of the regex; write `${1}_prod` where a letter, a digit or `_` follows; write `(?:…)` for a group that is not to be used.',
  example: `scrape_configs:
  - job_name: node
    file_sd_configs:
      - files: [nodes.json]
    relabel_configs:
      - source_labels: [host]
        regex: '([^.]+)\\..*'
        target_label: name
        replacement: $1_prod
`,
  cured: `scrape_configs:
  - job_name: node
    file_sd_configs:
      - files: [nodes.json]
    relabel_configs:
      - source_labels: [host]
        regex: '([^.]+)\\..*'
        target_label: name
        replacement: \${1}_prod
`,
  *find({ configs }) {
    for (const { lists, placeOf } of configs) {
      for (const rule of lists.flatMap(({ rules }) => rules)) {
        for (const [key, message] of faultsOf(rule)) yield { place: placeOf(rule, key), message }
      }
    }
  },
}

type Fault = readonly [key: keyof RelabelRule, message: string]

function* faultsOf(rule: RelabelRule): Iterable<Fault> {
  const { action, replacement } = rule
  if (action !== 'replace' && action !== 'labelmap') return
  const regex = new RuleRegex(rule)
  const keys =
    action === 'replace' ? (['target_label', 'replacement'] as const) : (['replacement'] as const)
  let isUsed = false
  for (const key of keys) {
    for (const { name, written } of templateOf(rule[key]).references) {
      isUsed = true
      if (!regex.hasGroup(name)) yield [key, faultOfReference(name, written, regex)]
    }
  }
  if (isUsed) return
  const escaped = /\\(?<number>[1-9])/u.exec(replacement)
  if (escaped !== null) {
    const [text, number = ''] = escaped
    yield [
      'replacement',
      `${text} is not a reference, but the text as it stands; write \${${number}}`,
    ]
  } else if (
    replacement !== defaultRule.replacement &&
    replacement !== '' &&
    // The name of the label may say what the rule took.
    takesPart(regex.tree)
  ) {
    yield [
      'replacement',
      `the regex ${shown(regex.source)} takes a part of the value, and the replacement ${shown(replacement)} does not use it; refer to it as $1, or write (?:...) for a group that is not to be used`,
    ]
  }
}

function faultOfReference(name: string, written: string, regex: RuleRegex): string {
  const empty = `${written} is always empty`
  const [, number, rest] = /^([0-9]+)(.+)$/u.exec(name) ?? []
  if (number !== undefined && rest !== undefined && regex.hasGroup(number)) {
    return `${empty}: it means a group named ${shown(name)}, which the regex does not have; write \${${number}}${rest}`
  }
  if (/^[0-9]+$/.test(name)) {
    let count = 0
    while (regex.hasGroup(String(count + 1))) count += 1
    const groups = count === 1 ? 'one group' : `${count === 0 ? 'no' : String(count)} groups`
    return `${empty}: the regex ${shown(regex.source)} has ${groups}; change the number or the regex`
  }
  return `${empty}: the regex has no group named ${shown(name)}, and Prometheus puts no environment variables here; name a group (?P<${name}>...), or write $$ for a dollar`
}

/**
 * Whether a group has no other use than to take a part of the value: it is not around all of the
 * expression, has no alternatives in it and is not repeated.
 */
function takesPart(tree: Ast | undefined): boolean {
  if (tree?.kind !== 'concat') return false
  const parts = tree.items.filter(({ kind }) => kind !== 'assert')
  return (
    parts.length > 1 &&
    parts.some(
      (part) => part.kind === 'group' && part.body.kind === 'concat' && part.body.items.length > 0,
    )
  )
}
