import type { Labels } from '../../labels/index.js'
import type { EntrySpan, MapSpan, ScalarSpan, SpanNode } from '../../yaml/index.js'

/** Characters of a text that are replaced. */
export interface TextEdit {
  readonly start: number
  readonly end: number
  readonly text: string
}

/** What a flow map is written of. */
export type FlowValue =
  | string
  | number
  | boolean
  | readonly string[]
  | { readonly [key: string]: FlowValue }

/** Applies edits that do not overlap. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  let out = text
  for (const { start, end, text: inserted } of edits.toSorted((a, b) => b.start - a.start)) {
    out = out.slice(0, start) + inserted + out.slice(end)
  }
  return out
}

// What is a text to every reader of YAML, in a flow collection as well.
const plainText = /^[A-Za-z_/][A-Za-z0-9_./-]*$/
const otherThanText = /^(?:y|n|yes|no|on|off|true|false|null)$/i

/** A text as a YAML scalar; numbers and booleans as they are. */
export function scalarText(value: string | number | boolean): string {
  if (typeof value !== 'string') return String(value)
  return plainText.test(value) && !otherThanText.test(value) ? value : JSON.stringify(value)
}

/** A value in one line: `{labels: {job: node}}` */
export function flowText(value: FlowValue): string {
  if (typeof value !== 'object') return scalarText(value)
  if (Array.isArray(value)) return `[${(value as readonly string[]).map(scalarText).join(', ')}]`
  const entries = Object.entries(value as Readonly<Record<string, FlowValue>>)
  return `{${entries.map(([key, one]) => `${scalarText(key)}: ${flowText(one)}`).join(', ')}}`
}

/** The key of an entry, as far as it is a plain or quoted word. */
export function keyText(text: string, { key }: EntrySpan): string {
  const written = text.slice(key.start, key.end)
  if (key.kind !== 'scalar') return ''
  if (key.style === 'double') return parsed(written)
  return key.style === 'single' ? written.slice(1, -1).replaceAll("''", "'") : written
}

function parsed(quoted: string): string {
  try {
    return JSON.parse(quoted) as string
  } catch {
    // YAML has escapes that JSON has not; such a key is no one's that is looked for.
    return quoted
  }
}

export function entryOf(text: string, map: MapSpan, key: string): EntrySpan | undefined {
  return map.entries.find((entry) => keyText(text, entry) === key)
}

/** Replaces a node, whatever it is, by a value in one line; a scalar keeps its quotes where they fit. */
export function replaceNode(text: string, node: SpanNode, value: FlowValue): TextEdit {
  if (node.kind === 'scalar' && typeof value !== 'object') return replaceScalar(node, value)
  // A block collection that begins below its key goes up into the line of the key.
  const start =
    node.kind === 'scalar' && node.style === 'absent' ? node.start : lineOfKey(text, node)
  const space =
    start === node.start && !(node.kind === 'scalar' && node.style === 'absent') ? '' : ' '
  return { start, end: node.end, text: `${space}${flowText(value)}` }
}

function replaceScalar(node: ScalarSpan, value: string | number | boolean): TextEdit {
  const { start, end, style } = node
  const isSimple = typeof value === 'string' && /^[ !-~]*$/.test(value)
  if (style === 'single' && isSimple && !value.includes("'")) {
    return { start, end, text: `'${value}'` }
  }
  if (style === 'double' && typeof value === 'string') {
    return { start, end, text: JSON.stringify(value) }
  }
  return { start, end, text: `${style === 'absent' ? ' ' : ''}${scalarText(value)}` }
}

/** Where a block collection can begin as a flow one: behind the colon or the dash before it. */
function lineOfKey(text: string, node: SpanNode): number {
  const isBlock =
    ((node.kind === 'list' || node.kind === 'map') && !node.isFlow) ||
    (node.kind === 'scalar' && node.style === 'block')
  if (!isBlock) return node.start
  const before = text.lastIndexOf(':', node.start - 1)
  // Only spaces, comments and a block's own sign stand between a key and its value.
  const between = text.slice(before + 1, node.start)
  return before >= 0 && /^(?:[ \t]*(?:#[^\n]*)?\n|[ \t]|[|>][-+0-9]*)*$/.test(between)
    ? before + 1
    : node.start
}

/** Adds an entry to a map, in its own style. */
export function addEntry(text: string, map: MapSpan, key: string, value: FlowValue): TextEdit {
  const written = `${scalarText(key)}: ${flowText(value)}`
  const last = map.entries.at(-1)
  const first = map.entries[0]
  if (last === undefined || first === undefined) {
    return { start: map.start, end: map.end, text: `{${written}}` }
  }
  const end = endOf(last)
  if (map.isFlow) return { start: end, end, text: `, ${written}` }
  const newline = text.indexOf('\n', end)
  const lineEnd = newline < 0 ? text.length : newline
  const at = text[lineEnd - 1] === '\r' ? lineEnd - 1 : lineEnd
  const indent = ' '.repeat(first.key.start - (text.lastIndexOf('\n', first.key.start - 1) + 1))
  return { start: at, end: at, text: `\n${indent}${written}` }
}

function endOf({ key, value }: EntrySpan): number {
  return Math.max(key.end, value.end)
}

/** Changes a map of labels into others: what is the same stays as it is written, comments too. */
export function editLabels(text: string, node: SpanNode, from: Labels, to: Labels): TextEdit[] {
  const gone = Object.keys(from).filter((name) => !Object.hasOwn(to, name))
  const added = Object.entries(to).filter(([name]) => !Object.hasOwn(from, name))
  const kept = node.kind === 'map' ? node.entries.length - gone.length : 0
  if (node.kind !== 'map' || kept <= 0) return [replaceNode(text, node, to)]
  if (node.isFlow && gone.length > 0) return [rejoined(text, node, from, to)]
  const edits: TextEdit[] = []
  for (const entry of node.entries) {
    const name = keyText(text, entry)
    const value = Object.hasOwn(to, name) ? to[name] : undefined
    if (gone.includes(name)) edits.push(withoutLine(text, entry))
    else if (value !== undefined && value !== from[name])
      edits.push(replaceNode(text, entry.value, value))
  }
  const [one] = added
  if (one === undefined) return edits
  // One edit: all go to the same place.
  const inserted = added.map(([name, value]) => addEntry(text, node, name, value))
  const [{ start, end } = { start: node.end, end: node.end }] = inserted
  return [...edits, { start, end, text: inserted.map((edit) => edit.text).join('') }]
}

/** A flow map in one line, of the entries as they are written. */
function rejoined(text: string, map: MapSpan, from: Labels, to: Labels): TextEdit {
  const entries = map.entries.flatMap((entry) => {
    const name = keyText(text, entry)
    const value = Object.hasOwn(to, name) ? to[name] : undefined
    if (value === undefined)
      return Object.hasOwn(from, name) ? [] : [text.slice(entry.key.start, endOf(entry))]
    return value === from[name]
      ? [text.slice(entry.key.start, endOf(entry))]
      : [`${text.slice(entry.key.start, entry.key.end)}: ${scalarText(value)}`]
  })
  const added = Object.entries(to)
    .filter(([name]) => !Object.hasOwn(from, name))
    .map(([name, value]) => `${scalarText(name)}: ${scalarText(value)}`)
  return { start: map.start, end: map.end, text: `{${[...entries, ...added].join(', ')}}` }
}

/** Takes away an entry of a block map with its line, or its lines. */
function withoutLine(text: string, entry: EntrySpan): TextEdit {
  const lineStart = text.lastIndexOf('\n', entry.key.start - 1) + 1
  const newline = text.indexOf('\n', endOf(entry))
  const lineEnd = newline < 0 ? text.length : newline + 1
  const isAlone = /^\s*$/.test(text.slice(lineStart, entry.key.start))
  // The first entry of an item stands behind a dash, which has to stay.
  return isAlone
    ? { start: lineStart, end: lineEnd, text: '' }
    : { start: entry.key.start, end: lineEnd, text: '' }
}
