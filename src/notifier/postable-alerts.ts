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
  if (body === '') throw new PayloadError(422, 602, 'alerts in body is required')
  const list = asParsed(() => JSON.parse(body) as unknown)
  // A null is an empty list to Go.
  if (list === null) return []
  if (!Array.isArray(list)) throw unreadable(`it is ${kindOf(list)}, not a list of alerts`)
  const raw = list.map((item: unknown, i) =>
    asParsed(() => readAlert(item), `alert ${String(i)}: `),
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

type RawAlert = Omit<Alert, 'labels'> & { readonly labels: Labels | undefined }

function readAlert(item: unknown): RawAlert {
  if (!isObject(item)) throw new Error(`it is ${kindOf(item)}, not an object`)
  const fields = new Map(Object.entries(item))
  const annotations = readLabels(fields.get('annotations'), 'annotations')
  const startsAt = parseAlertTime(readText(fields.get('startsAt'), 'startsAt'))
  const endsAt = parseAlertTime(readText(fields.get('endsAt'), 'endsAt'))
  return {
    labels: readLabels(fields.get('labels'), 'labels'),
    generatorURL: readText(fields.get('generatorURL'), 'generatorURL'),
    ...(annotations === undefined ? {} : { annotations }),
    ...(startsAt === undefined ? {} : { startsAt }),
    ...(endsAt === undefined ? {} : { endsAt }),
  }
}

function readLabels(value: unknown, name: string): Labels | undefined {
  if (value === undefined || value === null) return undefined
  if (!isObject(value)) throw new Error(`${name} is ${kindOf(value)}, not an object`)
  return Object.fromEntries(
    Object.entries(value).map(([key, text]) => [key, readText(text, `${name}.${key}`)]),
  )
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

/** Go's url.ParseRequestURI: absolute, or a path from the root. */
function isRequestUri(text: string): boolean {
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
