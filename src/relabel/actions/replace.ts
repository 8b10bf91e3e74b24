import { memoize } from './memoize.js'
import { isLabelName, type NameScheme } from '../label-name.js'
import { Pattern } from '../regex/pattern.js'
import type { RelabelRule } from '../rule.js'
import { type CompiledRule, sourceReader } from './step.js'
import { compileTemplate, type Template } from './template.js'
import type { Work } from '../work.js'

/** What a rule sets: the label and its value. */
interface Setting {
  readonly target: string
  readonly value: string
}

/** `replace`: where the value matches, the target label becomes the replacement. */
export function replace(rule: RelabelRule, scheme: NameScheme, work: Work): CompiledRule {
  const pattern = Pattern.compile(rule.regex ?? '(.*)')
  const target = compileTemplate(rule.target_label, pattern)
  const value = compileTemplate(rule.replacement, pattern)
  if (target.constant === undefined)
    return replaceAnywhere(rule, { scheme, pattern, target, value, work })
  // A name that is not valid (`$7` may be empty) makes the rule do nothing.
  if (!isLabelName(target.constant, scheme)) return () => () => true
  return replaceOne(rule, target.constant, replacer(rule, pattern, value, work), work)
}

/** The new value for each old one; null where the expression does not match. */
function replacer(
  rule: RelabelRule,
  pattern: Pattern,
  template: Template,
  work: Work,
): (value: string) => string | null {
  const { constant, lone, groups } = template
  const everything = rule.regex === undefined || rule.regex === '(.*)'
  if (everything && lone !== undefined) return (value) => value
  if (constant !== undefined) {
    if (everything) return () => constant
    const matches = pattern.tester(work)
    return memoize((value) => (matches(value) ? constant : null))
  }
  const capture = pattern.capturer(groups, work)
  return memoize((value) => {
    const found = capture(value)
    return found === undefined ? null : template.expand(found)
  })
}

function replaceOne(
  rule: RelabelRule,
  name: string,
  change: (value: string) => string | null,
  work: Work,
): CompiledRule {
  return (shape) => {
    const read = sourceReader(rule.source_labels ?? [], rule.separator, shape, work)
    const target = shape.ensure(name)
    return (values) => {
      const result = change(read(values))
      if (result !== null) shape.set(values, target, result)
      return true
    }
  }
}

function sizeOfSetting(setting: Setting | null): number {
  return setting === null ? 0 : setting.target.length + setting.value.length
}

/** What a rule is made of, and what counts its work. */
interface Parts {
  readonly scheme: NameScheme
  readonly pattern: Pattern
  readonly target: Template
  readonly value: Template
  readonly work: Work
}

/** The target label depends on the value too. */
function replaceAnywhere(
  rule: RelabelRule,
  { scheme, pattern, target, value, work }: Parts,
): CompiledRule {
  const capture = pattern.capturer(new Set([...target.groups, ...value.groups]), work)
  const change = memoize((text): Setting | null => {
    const found = capture(text)
    if (found === undefined) return null
    const name = target.expand(found)
    return isLabelName(name, scheme) ? { target: name, value: value.expand(found) } : null
  }, sizeOfSetting)
  return (shape) => {
    const read = sourceReader(rule.source_labels ?? [], rule.separator, shape, work)
    return (values) => {
      const setting = change(read(values))
      if (setting === null) return true
      const slot = shape.ensure(setting.target)
      shape.extend(values)
      shape.set(values, slot, setting.value)
      return true
    }
  }
}
