import { firstJsonValue, foldKey, memberCount, numberKeys, withoutNumber } from '../go/json.js'
import { parseGoUrl } from '../http/index.js'
import type { Labels } from '../labels/index.js'
import type { Alert } from './alert.js'
import { parseAlertTime } from './alert-time.js'

/** A body that is no list of alerts. Nothing of it can be taken. */
export class PayloadError extends Error {
  override readonly name = 'PayloadError'
  readonly code = 'ERR_NOTIFIER_PAYLOAD'
  /** Of the answer. */
  readonly status: 400 | 422
  /** Alertmanager's own code of the error, which is not always the status. */
  readonly errorCode: number

  constructor(status: 400 | 422, errorCode: number, message: string, options?: ErrorOptions) {
    super(message, options)
    this.status = status
    this.errorCode = errorCode
  }
}

/**
 * Reads the body of `POST /api/v2/alerts`, as Alertmanager's v2 API defines it.
 * @returns alerts of the right shape; whether each is a possible alert is another question
 * @throws PayloadError in Alertmanager's words where they are clear, and in clear ones where not
 */
export function parsePostableAlerts(body: string): readonly Alert[] {
  if (/^[ \t\r\n]*$/.test(body)) throw new PayloadError(422, 602, 'alerts in body is required')
  const { value: list, keyOf } = asParsed(() => parse(body))
  // A null is an empty list to Go.
  if (list === null) return []
  if (!Array.isArray(list)) throw unreadable(`it is ${kindOf(list)}, not a list of alerts`)
  const raw = list.map((item: unknown, i) =>
    asParsed(() => readAlert(item, keyOf), `alert ${String(i)}: `),
  )
  for (const [i, alert] of raw.entries()) {
    const { generatorURL = '' } = alert
    if (generatorURL !== '' && !isRequestUri(generatorURL)) {
      const shown = JSON.stringify(generatorURL)
      throw new PayloadError(
        422,
        601,
        `${String(i)}.generatorURL in body must be of type uri: ${shown}`,
      )
    }
    if (alert.labels === undefined) {
      throw new PayloadError(422, 602, `${String(i)}.labels in body is required`)
    }
  }
  return raw.map((alert) => ({ ...alert, labels: alert.labels ?? {} }))
}

/** A parsed body, and what its keys are called in the text. */
interface Parsed {
  readonly value: unknown
  readonly keyOf: (key: string) => string
}

/** What is behind the list is not read, and keys that repeat are all kept, as Go has it. */
function parse(body: string): Parsed {
  const { text, members } = firstJsonValue(body)
  const value: unknown = JSON.parse(text)
  // Rare, and JSON.parse has kept only the last of them.
  if (members > memberCount(value)) {
    return { value: JSON.parse(numberKeys(text)), keyOf: withoutNumber }
  }
  return { value, keyOf: (key) => key }
}

type RawAlert = Omit<Alert, 'labels'> & { readonly labels: Labels | undefined }

type Field = 'labels' | 'annotations' | 'startsAt' | 'endsAt' | 'generatorURL'

const fields: ReadonlyMap<string, Field> = new Map(
  (['labels', 'annotations', 'startsAt', 'endsAt', 'generatorURL'] as const).flatMap((name) => [
    [name, name],
    [foldKey(name), name],
  ]),
)

/**
 * Reads an alert as Go does: keys match in any case, and several for one field are taken in order. Labels
 * are then put together; a null takes them away, and changes nothing about a time.
 */
function readAlert(item: unknown, keyOf: Parsed['keyOf']): RawAlert {
  if (!isObject(item)) throw new Error(`it is ${kindOf(item)}, not an object`)
  let labels: Labels | undefined
  let annotations: Labels | undefined
  let startsAt: Date | undefined
  let endsAt: Date | undefined
  let generatorURL = ''
  for (const [given, value] of Object.entries(item) as [string, unknown][]) {
    const key = keyOf(given)
    switch (fields.get(key) ?? fields.get(foldKey(key))) {
      case 'labels':
        labels = readLabels({ value, keyOf }, key, labels)
        break
      case 'annotations':
        annotations = readLabels({ value, keyOf }, key, annotations)
        break
      case 'startsAt':
        if (value !== null) startsAt = parseAlertTime(readText(value, key))
        break
      case 'endsAt':
        if (value !== null) endsAt = parseAlertTime(readText(value, key))
        break
      case 'generatorURL':
        generatorURL = readText(value, key)
        break
      case undefined:
    }
  }
  return {
    labels,
    generatorURL,
    ...(annotations === undefined ? {} : { annotations }),
    ...(startsAt === undefined ? {} : { startsAt }),
    ...(endsAt === undefined ? {} : { endsAt }),
  }
}

function readLabels(
  { value, keyOf }: Parsed,
  name: string,
  before: Labels = {},
): Labels | undefined {
  if (value === null) return undefined
  if (!isObject(value)) throw new Error(`${name} is ${kindOf(value)}, not an object`)
  const own = Object.entries(value).map(([given, text]) => {
    const key = keyOf(given)
    return [key, readText(text, `${name}.${key}`)]
  })
  return Object.fromEntries([...Object.entries(before), ...own])
}

/** A null, like nothing at all, is an empty text to Go. */
function readText(value: unknown, name: string): string {
  if (value === undefined || value === null) return ''
  if (typeof value !== 'string') throw new Error(`${name} is ${kindOf(value)}, not a string`)
  return value
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function kindOf(value: unknown): string {
  if (value === null) return 'null'
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`
}

/** Go's url.ParseRequestURI: absolute, a path from the root, or a star. */
function isRequestUri(text: string): boolean {
  if (text === '*') return true
  try {
    return parseGoUrl(text).scheme !== '' || text.startsWith('/')
  } catch {
    return false
  }
}

function asParsed<T>(read: () => T, where: string = ''): T {
  try {
    return read()
  } catch (cause) {
    throw unreadable(`${where}${cause instanceof Error ? cause.message : String(cause)}`, cause)
  }
}

function unreadable(reason: string, cause?: unknown): PayloadError {
  return new PayloadError(400, 400, `parsing alerts body from "" failed, because ${reason}`, {
    cause,
  })
}
