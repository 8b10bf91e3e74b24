import { type Labels, labelValue } from '../labels/index.js'
import { Pattern } from './regex/pattern.js'
import type { RelabelRule } from './rule.js'
import { Work } from './work.js'

/** A label set of which single labels are read, wherever they are kept. */
export interface ReadableLabels {
  /** Empty where there is no such label. */
  value(name: string): string
  /** Of labels that are not empty. */
  names(): readonly string[]
}

/** Tells whether a rule finds in a label set what it looks for. */
export type RuleMatch = (labels: ReadableLabels) => boolean

/** Reads plain labels. */
export function readableLabels(labels: Labels): ReadableLabels {
  return {
    value: (name) => labelValue(labels, name),
    names: () => Object.keys(labels).filter((name) => labels[name] !== ''),
  }
}

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
  const source = (labels: ReadableLabels): string =>
    names.map((name) => labels.value(name)).join(separator)
  switch (rule.action) {
    case 'replace':
    case 'keep':
    case 'drop': {
      const matches = testerOf(rule)
      return (labels) => matches(source(labels))
    }
    case 'keepequal':
    case 'dropequal':
      return (labels) => source(labels) === labels.value(target_label)
    case 'labelmap':
    case 'labeldrop':
    case 'labelkeep': {
      const matches = testerOf(rule)
      return (labels) => labels.names().some(matches)
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
