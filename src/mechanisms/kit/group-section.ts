import { type Labels, labelValue } from '../../labels/index.js'
import { goQuote } from '../../go/quote.js'
import { field, list, map, struct, text, type Type } from '../../yaml/index.js'

/** A target group as written in YAML: what a static config and a file of targets are made of. */
export interface GroupSection {
  /** One label set per address, with `__address__` alone. */
  readonly targets: readonly Labels[]
  readonly labels: Labels
}

const labelMap = map(text, 'model.LabelSet')

/** Labels as in Go's model.LabelSet: any name that is text, and any value; numbers as written. */
const labelSet: Type<Labels> = {
  ...labelMap,
  decode(node, at) {
    const labels = labelMap.decode(node, at)
    for (const name of Object.keys(labels)) {
      // Lone surrogates stand for bytes that are no UTF-8.
      if (name === '' || /\p{Surrogate}/u.test(name)) {
        at.failKey(name, `${goQuote(name)} is not a valid label name`)
      }
    }
    return labels
  },
}

const written = struct(
  'struct { Targets []string "yaml:\\"targets\\""; Labels model.LabelSet "yaml:\\"labels\\"" }',
  { targets: field(list(text), undefined, { always: true }), labels: field(labelSet) },
)

/** How one target group is read from YAML, and printed. */
export const groupSection: Type<GroupSection> = {
  name: written.name,
  zero: () => ({ targets: [], labels: {} }),
  decode(node, at) {
    const { targets, labels } = written.decode(node, at)
    return { targets: targets.map(addressOnly), labels }
  },
  encode: ({ targets, labels }) =>
    written.encode({ targets: targets.map((t) => labelValue(t, '__address__')), labels }),
}

/** The labels of a target of which only the address is given. */
export function addressOnly(address: string): Labels {
  return { __address__: address }
}
