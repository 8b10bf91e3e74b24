import type { Labels } from '../labels/index.js'

/** An alert with nothing left out, written as JSON once. It never changes; queues only carry it. */
export interface CompletedAlert {
  /** What makes it this alert: its labels, written in order. */
  readonly key: string
  readonly labels: Labels
  /** The alert as Alertmanager's API takes it. */
  readonly json: string
  /** Unix milliseconds; sent later than this, the alert would say nothing that is still true. */
  readonly validUntil: number
}

/** The content of an alert; times are Unix milliseconds. */
export interface AlertContent {
  readonly labels: Labels
  readonly annotations: Labels
  readonly startsAt: number
  readonly endsAt: number
  readonly generatorURL: string
}

// Go reads years of four digits: from 0001 (its zero time) to 9999.
const earliest = -62_135_596_800_000
const latest = 253_402_300_799_999

/**
 * Writes an alert with the keys in Prometheus' order and times in milliseconds.
 * @param validUntil Unix milliseconds
 */
export function writeAlert(content: AlertContent, validUntil: number): CompletedAlert {
  const { labels, annotations, startsAt, endsAt, generatorURL } = content
  const generator = generatorURL === '' ? '' : `"generatorURL":${JSON.stringify(generatorURL)},`
  const head =
    `{"annotations":${inOrder(annotations)},"endsAt":"${timeText(endsAt)}",` +
    `"startsAt":"${timeText(startsAt)}",${generator}`
  return finish(head, labels, validUntil)
}

/** The same alert under other labels: a section's `alert_relabel_configs` changed them. */
export function withLabels(alert: CompletedAlert, labels: Labels): CompletedAlert {
  const tail = tailOf(alert.key)
  return finish(alert.json.slice(0, -tail.length), labels, alert.validUntil)
}

/**
 * Whether an alert says nothing any more that is still true.
 * @param now Unix milliseconds
 */
export function isExpired({ validUntil }: CompletedAlert, now: number): boolean {
  return validUntil <= now
}

function finish(head: string, labels: Labels, validUntil: number): CompletedAlert {
  const key = inOrder(labels)
  return { key, labels, json: `${head}${tailOf(key)}`, validUntil }
}

/** The labels come last, as in Prometheus. */
function tailOf(key: string): string {
  return `"labels":${key}}`
}

function inOrder(labels: Labels): string {
  const entries = Object.entries(labels)
  entries.sort(([a], [b]) => (a < b ? -1 : 1))
  const pairs = entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`)
  return `{${pairs.join(',')}}`
}

function timeText(ms: number): string {
  return new Date(Math.min(Math.max(ms, earliest), latest)).toISOString()
}
