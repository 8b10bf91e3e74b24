import { toLower, toUpper } from '../go/case.js'
import { memoize } from './memo.js'
import { hashModulo } from './modulo.js'
import { Pattern } from './regex/pattern.js'
import type { RelabelRule } from './rule.js'
import { type Binder, sourceReader } from './step.js'

/** `keep` and `drop`: by whether the value matches. */
export function filter(rule: RelabelRule, wanted: boolean): Binder {
  const matches = memoize(Pattern.compile(rule.regex ?? '(.*)').tester())
  return (shape) => {
    const read = sourceReader(rule.source_labels ?? [], rule.separator, shape)
    return (values) => matches(read(values)) === wanted
  }
}

/** `keepequal` and `dropequal`: by whether the value is that of the target label. */
export function compare(rule: RelabelRule, wanted: boolean): Binder {
  return (shape) => {
    const read = sourceReader(rule.source_labels ?? [], rule.separator, shape)
    const target = shape.ensure(rule.target_label)
    return (values) => (read(values) === values[target]) === wanted
  }
}

/** `hashmod`, `lowercase` and `uppercase`: the target label becomes a function of the value. */
export function compute(rule: RelabelRule): Binder {
  const change = computation(rule)
  return (shape) => {
    const read = sourceReader(rule.source_labels ?? [], rule.separator, shape)
    const target = shape.ensure(rule.target_label)
    return (values) => {
      values[target] = change(read(values))
      return true
    }
  }
}

function computation(rule: RelabelRule): (value: string) => string {
  if (rule.action === 'hashmod') return memoize(hashModulo(rule.modulus))
  return memoize(rule.action === 'lowercase' ? toLower : toUpper)
}
