import { compileTemplate, groupsOf, readTemplate } from './actions/template.js'
import type { Ast } from './regex/ast.js'
import { slowReason, type SlowReason, translatable } from './regex/matcher.js'
import { Pattern } from './regex/pattern.js'
import type { RelabelRule } from './rule.js'

/** What can be said about the regex of a rule without a label set. The rule has to be valid. */
export class RuleRegex {
  readonly source: string
  readonly #rule: RelabelRule
  readonly #pattern: Pattern

  /** @throws {PatternError} when the regex is not valid */
  constructor(rule: RelabelRule) {
    this.source = rule.regex ?? '(.*)'
    this.#rule = rule
    this.#pattern = Pattern.compile(this.source)
  }

  /** The expression as a tree; undefined where it is one that only RE2 reads. */
  get tree(): Ast | undefined {
    return translatable(this.source)
  }

  matches(text: string): boolean {
    return this.#pattern.tester()(text)
  }

  /** Whether it has a group of this name or number. */
  hasGroup(reference: string): boolean {
    return groupsOf(reference, this.#pattern).length > 0
  }

  /** Why the rule leaves V8 for RE2; undefined where it does not. */
  get slowReason(): SlowReason | undefined {
    const { action, regex, replacement, target_label } = this.#rule
    if (regex === undefined || regex === '(.*)') return undefined
    const groups =
      action === 'replace'
        ? [replacement, target_label].flatMap((text) => [
            ...compileTemplate(text, this.#pattern).groups,
          ])
        : []
    return slowReason(this.tree, new Set(groups))
  }
}

/** The references in a template, and the text before the first of them. */
export function templateOf(template: string): {
  readonly references: readonly { readonly name: string; readonly written: string }[]
  readonly prefix: string
} {
  const parts = readTemplate(template)
  const references = parts.filter((part) => typeof part !== 'string')
  let prefix = ''
  for (const part of parts) {
    if (typeof part !== 'string') break
    prefix += part
  }
  return { references, prefix }
}
