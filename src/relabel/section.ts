import { goQuote } from '../go/quote.js'
import {
  failType,
  type Field,
  field,
  list,
  optional,
  struct,
  text,
  textual,
  type Type,
  uint64,
} from '../yaml/index.js'
import { isLabelName } from './label-name.js'
import { Pattern } from './regex/pattern.js'
import { actions, defaultRule, type RelabelAction, type RelabelRule } from './rule.js'

const labelName: Type<string> = textual(
  'model.LabelName',
  () => '',
  (name) => {
    if (!isLabelName(name, 'utf8')) throw new Error(`${goQuote(name)} is not a valid label name`)
    return name
  },
  (name) => name,
)

const action: Type<RelabelAction | ''> = textual<RelabelAction | ''>(
  'relabel.Action',
  () => '',
  (word) => {
    const found = actions.find((name) => name === word.toLowerCase())
    if (found === undefined) throw new Error(`unknown relabel action ${goQuote(word)}`)
    return found
  },
  (value) => value,
  actions,
)

const regexText: Type<string> = textual(
  'relabel.plain',
  () => '',
  (source) => {
    Pattern.compile(source)
    return source
  },
  // Go prints the empty one as null.
  (source) => (source === '' ? undefined : source),
)

// Only a regex that was left out is the default one: an explicit null is the empty regex.
const regex: Field<string | undefined> = {
  type: { ...optional(regexText), zero: () => '' },
  initial: () => undefined,
  always: false,
  inline: false,
}

const maxUint64 = 2n ** 64n - 1n

/** A uint64, exact: beyond what a number holds it is a bigint. */
const modulus: Type<number | bigint> = {
  name: uint64.name,
  zero: () => 0,
  decode(node, at) {
    if (node.kind !== 'scalar' || !node.plain || !/^[1-9][0-9]{15,}$/.test(node.text)) {
      return uint64.decode(node, at)
    }
    const value = BigInt(node.text)
    if (value > maxUint64) failType(node, at, uint64.name)
    return value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value
  },
  encode: (value) => value,
}

/**
 * One element of `relabel_configs`, with Prometheus' keys, defaults and printing order. It checks
 * what a rule alone can tell; the rest needs the name scheme of the whole file: `validateRule`.
 */
export const relabelRuleSection: Type<RelabelRule> = struct('relabel.plain', {
  source_labels: field(optional(list(labelName))),
  separator: field(text, defaultRule.separator, { always: true }),
  regex,
  modulus: field(modulus, 0),
  target_label: field(text),
  replacement: field(text, defaultRule.replacement, { always: true }),
  action: field<RelabelAction | ''>(action, 'replace'),
})
