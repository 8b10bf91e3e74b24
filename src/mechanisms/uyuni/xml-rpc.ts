import { redactUrl } from '../../http/index.js'
import type { Api } from '../kit/api.js'
import { AnswerError } from '../kit/errors.js'
import { parseJson } from '../kit/json.js'
import * as json from '../kit/shape.js'
import { childOf, childrenOf, readXml, textOf, type XmlElement } from '../kit/xml.js'

/** What a call is given: text, a number as its digits, or a list of numbers. */
export type Argument = string | { readonly int: number } | { readonly ints: readonly string[] }

/** A call of a method by XML-RPC. */
export interface Call {
  readonly method: string
  readonly parameters: readonly Argument[]
  /** Those parameters that no error may show. */
  readonly secrets: readonly string[]
}

const fault = json.object({ faultCode: json.id, faultString: json.text })

/**
 * Calls a method that gives text.
 * @throws {AnswerError} in the server's own words where it says that the call failed; and for an answer that is
 * not XML-RPC or not text
 */
export async function callForText(api: Api, call: Call): Promise<string> {
  const { at, value } = await answerTo(api, call)
  return json.readShape(json.text, value && valueOf(value), at)
}

/**
 * Calls a method that gives a list, which is read in several turns of the event loop where it is large.
 * @param item what the list has, read with Go's leniency
 * @throws as {@link callForText}
 */
export async function callForList<T>(
  api: Api,
  call: Call,
  item: json.Shape<T>,
): Promise<readonly T[]> {
  const { at, value } = await answerTo(api, call)
  const array = value && childOf(value, 'array')
  // Of anything else the shape says what is wrong with it.
  if (array === undefined) return json.readShape(json.list(item), value && valueOf(value), at)
  const read: T[] = []
  for (const one of elementsOf(array)) {
    read.push(json.readShape(item, valueOf(one), at, `[${String(read.length)}]`))
    if (api.turns.isOver) {
      await api.turns.next()
      api.signal.throwIfAborted()
    }
  }
  return read
}

/** @returns what the method gave, and where it came from, for errors */
async function answerTo(
  api: Api,
  { method, parameters, secrets }: Call,
): Promise<{ readonly at: string; readonly value: XmlElement | undefined }> {
  const response = await api.ask('', {
    method: 'POST',
    headers: { 'content-type': 'text/xml', accept: 'text/xml' },
    body: callOf(method, parameters),
    secrets,
  })
  const root = await readXml(response, api)
  const at = `${redactUrl(response.url)}: ${method}`
  const isResponse = root.name === 'methodResponse'
  const failed = isResponse ? childOf(root, 'fault') : undefined
  if (failed !== undefined) {
    const { faultCode, faultString } = json.readShape(fault, valueIn(failed), at)
    // A server writes this text: it stays one short line.
    const said = response.withoutSecrets(faultString).replace(/\s+/g, ' ').trim().slice(0, 300)
    throw new AnswerError(`${at}: ${said} (fault ${faultCode})`)
  }
  const params = isResponse ? childOf(root, 'params') : undefined
  const parameter = params && childOf(params, 'param')
  if (parameter === undefined) throw new AnswerError(`${at}: expected an XML-RPC response`)
  return { at, value: childOf(parameter, 'value') }
}

function callOf(method: string, parameters: readonly Argument[]): string {
  const params = parameters.map((one) => `<param><value>${written(one)}</value></param>`)
  return `<?xml version="1.0" encoding="UTF-8"?><methodCall><methodName>${method}</methodName><params>${params.join('')}</params></methodCall>`
}

function written(argument: Argument): string {
  if (typeof argument === 'string') return `<string>${escaped(argument)}</string>`
  if ('int' in argument) return `<int>${String(argument.int)}</int>`
  const values = argument.ints.map((one) => `<value><int>${one}</int></value>`)
  return `<array><data>${values.join('')}</data></array>`
}

const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' }

function escaped(text: string): string {
  // A carriage return would be read as a line feed.
  return text.replace(/[&<>]/g, (found) => entities[found] ?? found).replaceAll('\r', '&#13;')
}

function valueIn(element: XmlElement): unknown {
  const value = childOf(element, 'value')
  return value === undefined ? null : valueOf(value)
}

/**
 * A `<value>` as JSON would have it, so that a shape can read it. What holds nothing (`<value/>`, `<nil/>`,
 * `<int/>`) is null; text that does not fit its type stays text.
 */
function valueOf(value: XmlElement): unknown {
  const [typed] = value.children
  if (typed === undefined) return value.text.trim() === '' ? null : value.text.trim()
  const { name, text } = typed
  if (name === 'struct') {
    return Object.fromEntries(
      childrenOf(typed, 'member').map((member) => [textOf(member, 'name'), valueIn(member)]),
    )
  }
  if (name === 'array') return elementsOf(typed).map(valueOf)
  if (name === 'string' || name === 'base64') return text
  if (text === '') return null
  if (/^(?:int|i4|i8)$/.test(name)) return numberOf(text)
  if (name === 'boolean') return booleans.get(text.toLowerCase()) ?? text
  return { [name]: text }
}

function elementsOf(array: XmlElement): readonly XmlElement[] {
  return array.children.flatMap((data) => childrenOf(data, 'value'))
}

const booleans: ReadonlyMap<string, boolean> = new Map([
  ['1', true],
  ['t', true],
  ['true', true],
  ['0', false],
  ['f', false],
  ['false', false],
])

function numberOf(text: string): unknown {
  const digits = /^[+-]?0*([0-9]+)$/.exec(text)?.[1]
  return digits === undefined ? text : parseJson(`${text.startsWith('-') ? '-' : ''}${digits}`)
}
