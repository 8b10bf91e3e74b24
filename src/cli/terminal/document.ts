import { Option } from 'commander'

/** How a document for programs is written. */
export type DocumentFormat = 'json' | 'yaml'

/**
 * The flag `-o, --output`, the same for every command that has one. Left out: an answer for people.
 * @param hasWide whether there is a table with more columns
 */
export function outputOption(hasWide: boolean): Option {
  const wide = hasWide ? '; wide: a table with every column' : ''
  return new Option('-o, --output <format>', `json or yaml for programs${wide}.`).choices([
    'json',
    'yaml',
    ...(hasWide ? ['wide'] : []),
  ])
}

/** What a document is made of; a key whose value is undefined is left out, as in JSON. */
export type Plain =
  | string
  | number
  | boolean
  | null
  | undefined
  | readonly Plain[]
  | { readonly [key: string]: Plain }

// What a terminal would obey or hide; it is as good in a text where it is escaped.
const hidden = /[^ \n\p{L}\p{M}\p{N}\p{P}\p{S}]/gu

/** A value as a JSON or YAML document, without a line break at its end. Characters that a terminal obeys are escaped. */
export function documentText(value: Plain, format: DocumentFormat): string {
  return format === 'json' ? json(value) : yaml(value, '').replace(/^\n/, '')
}

function json(value: Plain): string {
  return visibleJson(JSON.stringify(value, undefined, 2))
}

/** JSON in which the characters that a terminal obeys are escaped. */
export function visibleJson(text: string): string {
  return text.replace(hidden, utf16Escapes)
}

function utf16Escapes(character: string): string {
  return Array.from({ length: character.length }, (_, i) => {
    return `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`
  }).join('')
}

/**
 * The part of YAML that is needed for JSON's values: every reader of YAML 1.1 and 1.2 reads it as they are.
 * @param indent of the lines; a list or a map begins with a line break
 */
function yaml(value: Plain, indent: string): string {
  if (typeof value === 'string') return yamlText(value)
  if (typeof value !== 'object' || value === null) return String(value ?? null)
  if (Array.isArray(value)) {
    const items = value as readonly Plain[]
    if (items.length === 0) return '[]'
    return items.map((item) => `\n${indent}- ${inItem(yaml(item, `${indent}  `))}`).join('')
  }
  const entries = Object.entries(value).filter(([, one]) => one !== undefined)
  if (entries.length === 0) return '{}'
  return entries
    .map(([key, one]) => {
      const text = yaml(one, `${indent}  `)
      return `\n${indent}${yamlText(key)}:${text.startsWith('\n') ? '' : ' '}${text}`
    })
    .join('')
}

/** A list or map in an item begins in the line of the dash. */
function inItem(text: string): string {
  return text.replace(/^\n */, '')
}

// What no version of YAML reads as something else than a text, but for the words below.
const plain = /^[A-Za-z_/][A-Za-z0-9_./-]*(?: [A-Za-z0-9_./-]+)*$/
const words = /^(?:y|n|yes|no|on|off|true|false|null|_+)$/i

function yamlText(text: string): string {
  if (plain.test(text) && !words.test(text)) return text
  return JSON.stringify(text).replace(hidden, (character) => {
    const code = character.codePointAt(0) ?? 0
    return code < 0x10000
      ? `\\u${code.toString(16).padStart(4, '0')}`
      : `\\U${code.toString(16).padStart(8, '0')}`
  })
}
