import type { Labels } from '../labels/index.js'
import type { FullAlert } from './alert.js'

/** An alert as queues hold it: written out once, for every Alertmanager and every retry. */
export interface Entry {
  /** Names the alert: its labels, written out in order. */
  readonly key: string
  /** The alert as Alertmanager's API takes it. */
  readonly json: string
  readonly alert: FullAlert
  /** Unix milliseconds; told later than this, the alert would say nothing that is still true. */
  readonly validUntil: number
  /** It was told before, to an Alertmanager that may have forgotten it: giving it up is no loss. */
  readonly repeat?: true
  /** A post of nothing else failed: it may be the one at fault, and waits for all others. */
  readonly alone?: true
}

// Go reads years of four digits: from 0001 (its zero time) to 9999.
const earliest = -62_135_596_800_000
const latest = 253_402_300_799_999

/**
 * Writes an alert out, with the keys in Prometheus' order and times in milliseconds.
 *
 * A firing alert is valid until it ends. A resolved one has ended already, and its news stays news
 * for a while: `resolvedHorizonMs` from now.
 * @param now Unix milliseconds
 */
export function entryOf(alert: FullAlert, now: number, resolvedHorizonMs: number): Entry {
  const { endsAt, startsAt, generatorURL } = alert
  const key = inOrder(alert.labels)
  const generator = generatorURL === '' ? '' : `"generatorURL":${JSON.stringify(generatorURL)},`
  const json =
    `{"annotations":${inOrder(alert.annotations)},"endsAt":"${timeText(endsAt)}",` +
    `"startsAt":"${timeText(startsAt)}",${generator}"labels":${key}}`
  return { key, json, alert, validUntil: endsAt > now ? endsAt : now + resolvedHorizonMs }
}

/** The same alert under other labels. */
export function relabelled(entry: Entry, labels: Labels): Entry {
  const { endsAt } = entry.alert
  const renewed = entryOf({ ...entry.alert, labels }, endsAt, 0)
  return { ...renewed, validUntil: entry.validUntil }
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
