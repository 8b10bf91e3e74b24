import { type Labels, labelValue } from '../labels/index.js'
import { Pattern } from './regex/pattern.js'
import type { RelabelRule } from './rule.js'
import { Work } from './work.js'

/** Tells whether a rule finds in a label set what it looks for. */
export type RuleMatch = (labels: Labels) => boolean

/**
 * Compiles the condition of a rule: for most actions that the regex matches the joined source labels, for
 * `keepequal` and `dropequal` that the two values are equal, for the actions on label names that at least
 * one name matches. `hashmod`, `lowercase` and `uppercase` have no condition and match everything.
 *
 * It says nothing about what the rule does then: a `keep` that matches keeps, a `drop` that matches drops.
 * @throws {PatternError} when the regex is not valid
 */
export function compileMatch(rule: RelabelRule): RuleMatch {
  const { source_labels: names = [], separator, target_label } = rule
  const source = (labels: Labels): string =>
    names.map((name) => labelValue(labels, name)).join(separator)
  switch (rule.action) {
    case 'replace':
    case 'keep':
    case 'drop': {
      const matches = testerOf(rule)
      return (labels) => matches(source(labels))
    }
    case 'keepequal':
    case 'dropequal':
      return (labels) => source(labels) === labelValue(labels, target_label)
    case 'labelmap':
    case 'labeldrop':
    case 'labelkeep': {
      const matches = testerOf(rule)
      return (labels) => Object.keys(labels).some((name) => labels[name] !== '' && matches(name))
    }
    case 'hashmod':
    case 'lowercase':
    case 'uppercase':
    case '':
      return () => true
  }
}

function testerOf({ regex }: RelabelRule): (text: string) => boolean {
  return Pattern.compile(regex ?? '(.*)').tester(new Work())
}
