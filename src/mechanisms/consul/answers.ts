import type { Buffer } from 'node:buffer'
import { goQuote } from '../../go/quote.js'
import { AnswerError } from '../kit/errors.js'
import { type ReadingLimits, smallBytes } from '../kit/json-list.js'
import { readJsonMembers } from '../kit/json-members.js'
import { int, list, map, object, readShape, text } from '../kit/shape.js'
import { ConsulError } from './errors.js'

/** How much of an answer that is no use a message shows, in characters. */
const mostShown = 80

/** One health check. */
export interface Check {
  readonly CheckID?: string
  readonly Status?: string
}

type TextMap = Readonly<Record<string, string>> | null

/** One instance of a service with its node and checks, as `/v1/health/service/<name>` gives it. */
export interface ServiceEntry {
  readonly Node: {
    readonly Node?: string
    readonly Address?: string
    readonly Meta?: TextMap
    readonly TaggedAddresses?: TextMap
  }
  readonly Service: {
    readonly ID?: string
    readonly Address?: string
    readonly Port?: number
    readonly Tags?: readonly string[] | null
    readonly Meta?: TextMap
    readonly Namespace?: string
    readonly Partition?: string
  }
  readonly Checks?: readonly Check[] | null
}

/**
 * Checks that an answer has the shape of `/v1/health/service/<name>`: a list of instances.
 * @throws ConsulError when it has not: half of an answer must not pass for all of it
 */
export function asServiceEntries(answer: unknown): readonly ServiceEntry[] {
  if (answer === null) return []
  if (!Array.isArray(answer)) throw unexpected('a list of instances', answer)
  for (const [i, entry] of (answer as readonly unknown[]).entries()) {
    const { Node: node, Service: service, Checks: checks } = isObject(entry) ? entry : {}
    if (!isObject(node) || !isObject(service)) throw badInstance(i, entry)
    const { Node: name, Address: address, Meta: nodeMeta, TaggedAddresses: tagged } = node
    const { ID: id, Address: own, Port: port, Tags: tags, Meta: meta } = service
    const isWell =
      [name, address, id, own, service['Namespace'], service['Partition']].every(isTextOrNothing) &&
      (port === undefined || Number.isInteger(port)) &&
      isListOf(tags, isText) &&
      isListOf(checks, isObject) &&
      [nodeMeta, tagged, meta].every(isTexts)
    if (!isWell) throw badInstance(i, entry)
  }
  return answer as readonly ServiceEntry[]
}

const texts = map(text)

/** Only for the words of an error: the checks above are quicker, and refuse a little more. */
const instance = object({
  Node: object({ Node: text, Address: text, Meta: texts, TaggedAddresses: texts }),
  Service: object({
    ID: text,
    Address: text,
    Port: int,
    Tags: list(text),
    Meta: texts,
    Namespace: text,
    Partition: text,
  }),
  Checks: list(object({})),
})

/** The error for an instance of another shape, with the place of what is wrong in it. */
function badInstance(at: number, entry: unknown): ConsulError {
  const { message } = unexpected('an instance', entry)
  return new ConsulError(`${message}: ${faultOf(`[${String(at)}]`, entry)}`, 'answer')
}

function faultOf(place: string, entry: unknown): string {
  try {
    readShape(instance, entry, '', place)
  } catch (error) {
    if (!(error instanceof AnswerError)) throw error
    return error.message.replace(/^: /, '')
  }
  if (!isObject(entry)) return `${place}: expected an object, got nothing`
  const missing = ['Node', 'Service'].find((key) => !isObject(entry[key]))
  if (missing !== undefined) return `${place}.${missing}: expected an object, got nothing`
  return `${place}: a text or a list in it is null`
}

/** Names of services, and the tags that their instances have. */
export type Catalog = ReadonlyMap<string, readonly string[]>

/**
 * Reads the answer of `/v1/catalog/services`: names to tags. A large one is read in several turns of the
 * event loop.
 * @throws ConsulError for another answer, or one that would take more memory than it may; the signal's
 * reason when it aborts
 */
export async function readCatalog(body: Buffer, limits: ReadingLimits): Promise<Catalog> {
  if (body.length <= smallBytes) return asCatalog(parseAnswer(body))
  const first = body.toString('utf8', 0, mostShown).trimStart()
  if (first.startsWith('[') || first.startsWith('"')) {
    throw new ConsulError(
      `Consul answered ${first}... where a map of services was expected`,
      'answer',
    )
  }
  const catalog = new Map<string, readonly string[]>()
  try {
    await readJsonMembers(body, (name, tags) => catalog.set(name, asTags(name, tags)), limits)
  } catch (error) {
    if (limits.signal.aborted || error instanceof ConsulError) throw error
    if (error instanceof AnswerError)
      throw new ConsulError(error.message, 'answer', { cause: error })
    throw notJson()
  }
  return catalog
}

function asCatalog(answer: unknown): Catalog {
  if (answer === null) return new Map()
  if (!isObject(answer)) throw unexpected('a map of services', answer)
  return new Map(Object.entries(answer).map(([name, tags]) => [name, asTags(name, tags)]))
}

function asTags(name: string, tags: unknown): readonly string[] {
  if (!isListOf(tags, isText)) {
    throw unexpected(`a list of texts, the tags of ${goQuote(name.slice(0, mostShown))},`, tags)
  }
  return tags ?? []
}

/** @throws ConsulError for a text that is not JSON */
export function parseAnswer(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    throw notJson()
  }
}

/** The parser's own message quotes the answer, which may hold a secret. */
function notJson(): ConsulError {
  return new ConsulError("Consul's answer is not JSON", 'answer')
}

/** The datacenter in an answer of `/v1/agent/self`. */
export function asDatacenter(answer: unknown): string {
  const config = isObject(answer) ? answer['Config'] : undefined
  const name = isObject(config) ? config['Datacenter'] : undefined
  if (typeof name === 'string') return name
  throw new ConsulError(`invalid value '${shown(name)}' for Config.Datacenter`, 'answer')
}

function unexpected(what: string, got: unknown): ConsulError {
  return new ConsulError(`Consul answered ${shown(got)} where ${what} was expected`, 'answer')
}

function shown(value: unknown): string {
  try {
    const text = JSON.stringify(value) ?? 'nothing'
    return text.length > mostShown ? `${text.slice(0, mostShown)}...` : text
  } catch {
    // It was JSON a moment ago: all that can go wrong is the depth of the stack, or a text too long.
    return 'more than can be shown'
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}

function isTextOrNothing(value: unknown): boolean {
  return value === undefined || typeof value === 'string'
}

function isListOf<T>(
  value: unknown,
  isItem: (item: unknown) => item is T,
): value is readonly T[] | null | undefined {
  return value === undefined || value === null || (Array.isArray(value) && value.every(isItem))
}

function isTexts(value: unknown): boolean {
  return (
    value === undefined ||
    value === null ||
    (isObject(value) && Object.values(value).every((text) => typeof text === 'string'))
  )
}
