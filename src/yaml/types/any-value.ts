import { isNull, type Node } from '../tree/tree.js'
import type { Decoding, Plain, Type } from './type.js'

const trueWord = /^(?:y|yes|true|on)$/i
const falseWord = /^(?:n|no|false|off)$/i
const number = /^[-+]?(?:0x[0-9a-f]+|0o[0-7]+|\.?[0-9]+(?:\.[0-9]*)?(?:e[-+]?[0-9]+)?)$/i

function plainOf(node: Node, at: Decoding): Plain {
  if (isNull(node)) return null
  if (node.kind === 'list') return node.items.map((item, i) => at.read(anyValue, item, i))
  if (node.kind === 'map') {
    return Object.fromEntries(
      node.entries.map((entry) => [entry.key.text, at.read(anyValue, entry.value, entry.key.text)]),
    )
  }
  if (!node.plain || node.tag === '!!str') return node.text
  if (trueWord.test(node.text)) return true
  if (falseWord.test(node.text)) return false
  return number.test(node.text) ? Number(node.text) : node.text
}

/** Any YAML value, scalars resolved by how they look: what Go decodes into an `interface{}`. */
export const anyValue: Type<Plain> = {
  name: 'interface {}',
  zero: () => null,
  decode: plainOf,
  encode: (value) => value,
}
