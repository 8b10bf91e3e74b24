import { toLower, toUpper } from '../../go/case.js'
import { memoize } from './memoize.js'
import { tailHasher } from './md5.js'
import { counted } from '../regex/matcher.js'
import { Pattern } from '../regex/pattern.js'
import type { RelabelRule } from '../rule.js'
import { type CompiledRule, sourceReader } from './step.js'
import type { Work } from '../work.js'

/** `keep` and `drop`: by whether the value matches. */
export function filter(rule: RelabelRule, wanted: boolean, work: Work): CompiledRule {
  const matches = memoize(Pattern.compile(rule.regex ?? '(.*)').tester(work))
  return (shape) => {
    const read = sourceReader(rule.source_labels ?? [], rule.separator, shape, work)
    return (values) => matches(read(values)) === wanted
  }
}

/** `keepequal` and `dropequal`: by whether the value is that of the target label. */
export function compare(rule: RelabelRule, wanted: boolean, work: Work): CompiledRule {
  return (shape) => {
    const read = sourceReader(rule.source_labels ?? [], rule.separator, shape, work)
    const target = shape.ensure(rule.target_label)
    return (values) => (read(values) === values[target]) === wanted
  }
}

/** `hashmod`, `lowercase` and `uppercase`: the target label becomes a function of the value. */
export function compute(rule: RelabelRule, work: Work): CompiledRule {
  const change = counted(1, work, computation(rule))
  return (shape) => {
    const read = sourceReader(rule.source_labels ?? [], rule.separator, shape, work)
    const target = shape.ensure(rule.target_label)
    return (values) => {
      shape.set(values, target, change(read(values)))
      return true
    }
  }
}

function computation(rule: RelabelRule): (value: string) => string {
  if (rule.action === 'hashmod') return memoize(hashModulo(rule.modulus))
  return memoize(rule.action === 'lowercase' ? toLower : toUpper)
}

/**
 * Makes the function of `hashmod`: the MD5 of a text, its last eight bytes as one big-endian number,
 * modulo `modulus`, in decimal.
 */
function hashModulo(modulus: number | bigint): (text: string) => string {
  const hash = tailHasher()
  const divisor = Number(modulus)
  // (2^32 mod d)·(d-1) + 2^32 must stay exact.
  if (divisor <= 2 ** 20) {
    const carry = 2 ** 32 % divisor
    return (text) => {
      const { high, low } = hash(text)
      return String(((high % divisor) * carry + low) % divisor)
    }
  }
  const wide = BigInt(modulus)
  return (text) => {
    const { high, low } = hash(text)
    return String(((BigInt(high) << 32n) | BigInt(low)) % wide)
  }
}
