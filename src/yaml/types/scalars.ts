import path from 'node:path'
import { Secret } from './secret.js'
import { didYouMean } from '../suggest.js'
import { isNull, type Node, type ScalarNode } from '../tree/tree.js'
import type { Decoding, SecretsAs, Type } from './type.js'

const trueWords = new Set(['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'])
const falseWords = new Set([
  'n',
  'N',
  'no',
  'No',
  'NO',
  'false',
  'False',
  'FALSE',
  'off',
  'Off',
  'OFF',
])
const integer = /^[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0o?[0-7_]+|[0-9][0-9_]*)$/
const decimal = /^[-+]?(?:\.[0-9][0-9_]*|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?$/

/** Whether a scalar may be more than a text: written without quotes, or with a tag that says so. */
function isResolved({ tag, plain }: ScalarNode): boolean {
  return tag === '' ? plain : tag === '!!int' || tag === '!!float' || tag === '!!bool'
}

/** The number a scalar is in YAML 1.1 as Go reads it; undefined for anything else. */
export function numberOf(node: ScalarNode): number | undefined {
  if (!isResolved(node)) return undefined
  const digits = node.text.replaceAll('_', '')
  if (integer.test(node.text)) {
    const [, sign = '', body = ''] = /^([-+]?)(.*)$/.exec(digits) ?? []
    const value = Number(/^0[0-7]+$/.test(body) ? `0o${body.slice(1)}` : body)
    return sign === '-' ? -value : value
  }
  if (/^[-+]?\.(?:inf|Inf|INF)$/.test(node.text))
    return node.text.startsWith('-') ? -Infinity : Infinity
  if (/^\.(?:nan|NaN|NAN)$/.test(node.text)) return Number.NaN
  return decimal.test(node.text) ? Number(digits) : undefined
}

function tagOf(node: Node): string {
  if (node.kind !== 'scalar') return node.kind === 'list' ? '!!seq' : '!!map'
  if (node.tag !== '') return node.tag
  if (node.plain && (trueWords.has(node.text) || falseWords.has(node.text))) return '!!bool'
  if (numberOf(node) === undefined) return '!!str'
  return integer.test(node.text) ? '!!int' : '!!float'
}

const checkedTags = new Set(['!!null', '!!bool', '!!int', '!!float', '!!timestamp'])

/** What is wrong with a scalar that is `!!binary` still: it would have been decoded. */
export const faultOfBinary = '!!binary value contains invalid base64 data'

/**
 * What is wrong with a scalar whose tag says what it is: `!!int web`. It matters whatever type reads it.
 * @see yaml.v2's resolve
 */
export function faultOfTag({ text, tag }: ScalarNode): string | undefined {
  if (!checkedTags.has(tag)) return undefined
  const plain: ScalarNode = { kind: 'scalar', offset: 0, text, tag: '', plain: true }
  const is = isNull(plain) ? '!!null' : tagOf(plain)
  if (is === tag || (tag === '!!float' && is === '!!int')) return undefined
  if (tag === '!!timestamp' && /^\d{4}-\d\d?-\d\d?(?:$|[Tt\s])/.test(text)) return undefined
  return `cannot decode ${is} \`${beginning(text)}\` as a ${tag}`
}

/** As Go's YAML library shows a value: the whole of a longer one may be a secret. */
function beginning(text: string): string {
  return text.length > 10 ? `${text.slice(0, 7)}...` : text
}

/** Reports a value of the wrong type in the words of Go's YAML library. */
export function failType(node: Node, at: Decoding, name: string): void {
  const text = node.kind === 'scalar' ? node.text : ''
  const value = node.kind === 'scalar' ? ` \`${beginning(text)}\`` : ''
  at.fail(`cannot unmarshal ${tagOf(node)}${value} into ${name}`)
}

/** The text of a scalar of any kind, as written: `server: 8500` is a text too. */
function textOf(node: Node, at: Decoding, name: string): string {
  if (node.kind !== 'scalar') {
    failType(node, at, name)
    return ''
  }
  if (node.tag === '!!binary') at.fail(faultOfBinary)
  return node.text
}

/**
 * A type of texts made from a reader that may refuse the text by throwing. The reader runs once for
 * each text of a file, so its values must not be changed.
 * @param words where only some words are taken: an error names the one that was probably meant
 */
export function textual<T>(
  name: string,
  zero: () => T,
  parse: (text: string, at: Decoding) => T,
  encode: (value: T, secrets?: SecretsAs) => string | number | undefined,
  words: readonly string[] = [],
): Type<T> {
  return {
    name,
    zero,
    decode(node, at) {
      if (node.kind !== 'scalar') {
        failType(node, at, name)
        return zero()
      }
      try {
        return at.once(parse, textOf(node, at, name))
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error)
        at.fail(message, didYouMean(node.text, words))
        return zero()
      }
    },
    encode,
  }
}

/**
 * Any scalar, as the text that is written.
 * @param goName the name of its Go type, for error texts: `config.ScrapeProtocol`
 */
export function namedText(goName: string): Type<string> {
  return {
    name: goName,
    zero: () => '',
    decode: (node, at) => textOf(node, at, goName),
    encode: (value) => value,
  }
}

/** Any scalar, as the text that is written. */
export const text: Type<string> = namedText('string')

/** A text that is never shown; printed as `<secret>` unless it has to be revealed, and as nothing when empty. */
export const secret: Type<Secret> = {
  name: 'config.plain',
  zero: () => new Secret(''),
  decode: (node, at) => new Secret(textOf(node, at, 'config.plain')),
  encode(value, secrets) {
    if (value.isEmpty) return undefined
    return secrets === 'revealed' ? value.reveal() : '<secret>'
  },
}

/** The path of a file, relative ones from the folder of the config file. */
export const filePath: Type<string> = {
  name: 'string',
  zero: () => '',
  decode(node, at) {
    const value = textOf(node, at, 'string')
    return value === '' || path.isAbsolute(value) ? value : path.join(at.directory, value)
  },
  encode: (value) => value,
}

/** `true`, `yes`, `on` and their opposites, unquoted. */
export const bool: Type<boolean> = {
  name: 'bool',
  zero: () => false,
  decode(node, at) {
    const word = node.kind === 'scalar' && isResolved(node) ? node.text : ''
    if (!trueWords.has(word) && !falseWords.has(word)) failType(node, at, 'bool')
    return trueWords.has(word)
  },
  encode: (value) => value,
}

function numeric(
  name: string,
  fits: (value: number) => boolean,
  made: (value: number) => number = (value) => value,
): Type<number> {
  return {
    name,
    zero: () => 0,
    decode(node, at) {
      const value = node.kind === 'scalar' ? numberOf(node) : undefined
      if (value !== undefined && fits(made(value))) return made(value)
      failType(node, at, name)
      return 0
    },
    encode: (value) => value,
  }
}

function whole(name: string, least: number, above: number): Type<number> {
  // Go's YAML library cuts off what is behind the point; there is no negative zero.
  return numeric(
    name,
    (value) => value >= least && value < above,
    (value) => Math.trunc(value) + 0,
  )
}

/** A whole number; of one written as a float, what stands before the point. */
export const int: Type<number> = whole('int', -(2 ** 63), 2 ** 63)
/** A whole number, not negative. */
export const uint: Type<number> = whole('uint', 0, 2 ** 64)
export const uint64: Type<number> = whole('uint64', 0, 2 ** 64)
/** A number, as Go reads a float64. */
export const float: Type<number> = numeric('float64', () => true)
