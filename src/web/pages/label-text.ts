import type { Labels } from '../../labels/index.js'
import type { RuleFault } from '../routes/rule-steps.js'

/** Labels, a target that has them, or what is wrong with the text; line and column count from 1. */
export type ReadLabels =
  | { readonly kind: 'labels'; readonly labels: Labels }
  | { readonly kind: 'target'; readonly job: string; readonly id: string }
  | { readonly kind: 'fault'; readonly fault: RuleFault }

/**
 * Reads labels as people have them at hand: lines of `name="value"`, a selector with or without a metric name, a JSON
 * object, or the address of a target, `<job>/<id>`.
 */
export function readLabels(text: string): ReadLabels {
  const target = readTarget(text.trim())
  if (target !== undefined) return target
  return readObject(text) ?? readPairs(text)
}

function readTarget(text: string): ReadLabels | undefined {
  const url = /^\S*\/targets\/(\S+)\/([0-9a-f]{12})$/.exec(text)
  const [, job = '', id = ''] = url ?? /^([^"=\n]+)\/([0-9a-f]{12})$/.exec(text) ?? []
  if (id === '') return undefined
  try {
    return { kind: 'target', job: url === null ? job : decodeURIComponent(job), id }
  } catch {
    return undefined
  }
}

function readObject(text: string): ReadLabels | undefined {
  if (!text.trimStart().startsWith('{')) return undefined
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  const entries = Object.entries(value as Readonly<Record<string, unknown>>)
  const wrong = entries.find(([, one]) => typeof one !== 'string')
  if (wrong === undefined) {
    return { kind: 'labels', labels: Object.fromEntries(entries) as Labels }
  }
  return fault(text, 0, `the value of ${JSON.stringify(wrong[0])} must be a text`)
}

const space = /[\s,]*/y
const name = /"(?:[^"\\\n]|\\.)*"|[^\s"={},]+/y
const equals = /\s*(?:=|:)\s*/y
const quoted = /"(?:[^"\\\n]|\\.)*"/y

function readPairs(text: string): ReadLabels {
  const labels = new Map<string, string>()
  let at = 0
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    const [found] = pattern.exec(text) ?? []
    if (found !== undefined) at += found.length
    return found
  }
  take(space)
  const metric = /([^\s"={},]*)\s*\{/y
  const opened = metric.exec(text.slice(at))
  if (opened !== null) {
    at += opened[0].length
    if (opened[1] !== undefined && opened[1] !== '') labels.set('__name__', opened[1])
  }
  for (;;) {
    take(space)
    if (at === text.length) break
    if (opened !== null && text[at] === '}') {
      at += 1
      if (text.slice(at).trim() === '') break
      return fault(text, at, 'nothing may follow the closing brace')
    }
    const begin = at
    const label = unquoted(take(name))
    if (label === undefined) return fault(text, begin, 'a label name is missing')
    if (take(equals) === undefined) return fault(text, at, 'write name="value"')
    const from = at
    const value = take(quoted)
    const plain = value === undefined ? undefined : unquoted(value)
    if (plain === undefined) return fault(text, from, 'the value must be in double quotes')
    labels.set(label, plain)
  }
  return { kind: 'labels', labels: Object.fromEntries(labels) }
}

/** A text in quotes as JSON has it; undefined where an escape in it is not one of JSON's. */
function unquoted(text: string | undefined): string | undefined {
  if (text?.startsWith('"') !== true) return text
  try {
    return JSON.parse(text) as string
  } catch {
    return undefined
  }
}

function fault(text: string, at: number, message: string): ReadLabels {
  const before = text.slice(0, at).split('\n')
  const column = (before.at(-1) ?? '').length + 1
  return { kind: 'fault', fault: { line: before.length, column, message } }
}

/** Labels as lines of `name="value"`, which {@link readLabels} reads. */
export function writeLabels(labels: Labels): string {
  return Object.entries(labels)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([label, value]) => `${writtenName(label)}=${written(value)}\n`)
    .join('')
}

function writtenName(label: string): string {
  return /^[\w.:-]+$/.test(label) ? label : written(label)
}

/** A text in double quotes, for JSON and YAML; what is invisible is an escape. */
export function written(text: string): string {
  return JSON.stringify(text).replace(/[\p{C}\u2028\u2029]/gu, (found) =>
    Array.from(
      { length: found.length },
      (_, i) => `\\u${found.charCodeAt(i).toString(16).padStart(4, '0')}`,
    ).join(''),
  )
}
