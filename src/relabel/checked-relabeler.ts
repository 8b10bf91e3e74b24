import { ConfigError, type ConfigIssue, decodeText, list, Places } from '../yaml/index.js'
import { goQuote } from '../go/quote.js'
import { isLabelName, type NameScheme } from './label-name.js'
import { PatternError } from './regex/pattern.js'
import { Relabeler } from './relabeler.js'
import { actions, relabelRule, type RelabelRule } from './rule.js'
import { relabelRuleSection } from './section.js'
import { validateRule } from './validate.js'

/** What {@link relabeler} takes beside the rules. */
export interface RelabelerOptions {
  /** Names the YAML in errors. Default `relabel_configs`. */
  readonly file?: string
  /** Which label names are valid: any UTF-8 text, or those of Prometheus before 3. Default `utf8`. */
  readonly scheme?: NameScheme
  /** What the rules may do for one label set, in steps; see `RelabelWorkError`. Default: no limit. */
  readonly maxWork?: number
}

/** A rule that cannot work: what is wrong, and with which key of which rule. */
export class RelabelRuleError extends Error {
  override readonly name = 'RelabelRuleError'
  readonly code = 'ERR_RELABEL_RULE'
  /** Counted from 0. */
  readonly rule: number
  readonly key: keyof RelabelRule

  constructor(rule: number, key: keyof RelabelRule, message: string, options?: ErrorOptions) {
    super(`rules[${String(rule)}].${key}: ${message}`, options)
    this.rule = rule
    this.key = key
  }
}

/**
 * Compiles relabel rules after it has checked them as Prometheus does.
 *
 * ```ts
 * const shorten = relabeler(`
 *   - source_labels: [instance]
 *     regex: '([^.]+)[.].*'
 *     target_label: instance
 * `)
 * shorten.apply({ instance: 'db-1.example.org' }) // { instance: 'db-1' }
 * ```
 * @param rules the text of a `relabel_configs` list, or rules with the fields that differ from the default
 * @throws {ConfigError} for YAML that is wrong, with line and column of every mistake
 * @throws {RelabelRuleError} for the first rule given as a value that cannot work
 */
export function relabeler(
  rules: string | readonly Partial<RelabelRule>[],
  options: RelabelerOptions = {},
): Relabeler {
  const { file = 'relabel_configs', scheme = 'utf8', maxWork } = options
  const checked =
    typeof rules === 'string' ? rulesOfYaml(rules, file, scheme) : rulesOfValues(rules, scheme)
  return new Relabeler(checked, scheme, maxWork)
}

function rulesOfYaml(text: string, file: string, scheme: NameScheme): readonly RelabelRule[] {
  const type = list(relabelRuleSection, 'a rule cannot be empty')
  const { value, issues, places } = decodeText(type, file, text, new Places())
  if (issues.length > 0) throw new ConfigError(issues)
  const wrong = value.flatMap((rule): readonly ConfigIssue[] => {
    const issue = validateRule(rule, scheme)
    const place = issue && places.of(rule, issue.key)
    return issue === undefined || place === undefined ? [] : [{ ...place, message: issue.message }]
  })
  if (wrong.length > 0) throw new ConfigError(wrong)
  return value
}

function rulesOfValues(
  rules: readonly Partial<RelabelRule>[],
  scheme: NameScheme,
): readonly RelabelRule[] {
  return rules.map((fields, i) => {
    const rule = relabelRule(fields)
    const issue = faultOfAction(rule) ?? faultOfSource(rule) ?? validateRule(rule, scheme)
    if (issue !== undefined) throw new RelabelRuleError(i, issue.key, issue.message)
    try {
      return new Relabeler([rule], scheme).rules[0] ?? rule
    } catch (error) {
      if (!(error instanceof PatternError)) throw error
      throw new RelabelRuleError(i, 'regex', error.message, { cause: error })
    }
  })
}

/** Types refuse these; values that come from JSON or JavaScript have none. */
function faultOfAction({ action }: RelabelRule): ReturnType<typeof validateRule> {
  if (action === '' || actions.includes(action)) return undefined
  return { key: 'action', message: `unknown relabel action ${goQuote(action)}` }
}

function faultOfSource({ source_labels: names }: RelabelRule): ReturnType<typeof validateRule> {
  if (names !== undefined && !Array.isArray(names)) {
    return { key: 'source_labels', message: 'it must be a list of label names' }
  }
  const wrong = names?.find((name) => typeof name !== 'string' || !isLabelName(name, 'utf8'))
  if (wrong === undefined) return undefined
  return { key: 'source_labels', message: `${goQuote(String(wrong))} is not a valid label name` }
}
