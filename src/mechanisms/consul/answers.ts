import { ConsulError } from './errors.js'

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
  for (const entry of answer as readonly unknown[]) {
    const { Node: node, Service: service, Checks: checks } = isObject(entry) ? entry : {}
    if (!isObject(node) || !isObject(service)) throw unexpected('an instance', entry)
    const { Node: name, Address: address, Meta: nodeMeta, TaggedAddresses: tagged } = node
    const { ID: id, Address: own, Port: port, Tags: tags, Meta: meta } = service
    const isWell =
      [name, address, id, own, service['Namespace'], service['Partition']].every(isTextOrNothing) &&
      (port === undefined || Number.isInteger(port)) &&
      isListOf(tags, isText) &&
      isListOf(checks, isObject) &&
      [nodeMeta, tagged, meta].every(isTexts)
    if (!isWell) throw unexpected('an instance', entry)
  }
  return answer as readonly ServiceEntry[]
}

/** Checks that an answer has the shape of `/v1/catalog/services`: names to tags. */
export function asCatalog(answer: unknown): ReadonlyMap<string, readonly string[]> {
  if (answer === null) return new Map()
  if (!isObject(answer)) throw unexpected('a map of services', answer)
  return new Map(
    Object.entries(answer).map(([name, tags]) => {
      if (!isListOf(tags, isText)) throw unexpected('the tags of a service', tags)
      return [name, tags ?? []]
    }),
  )
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
  const text = JSON.stringify(value) ?? 'nothing'
  return text.length > 80 ? `${text.slice(0, 80)}...` : text
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
