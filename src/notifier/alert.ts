import type { Labels } from '../labels/index.js'
import { AlertError } from './errors.js'

/** An alert as senders have it: Alertmanager's own shape, with dates as dates. */
export interface Alert {
  /** What makes it this alert: a later one with the same labels is a newer state of it. */
  readonly labels: Labels
  readonly annotations?: Labels
  /** Left out: now, or `endsAt` where only that is given. */
  readonly startsAt?: Date
  /** When it is over unless it is sent again; in the past for a resolved one. Left out: in five minutes. */
  readonly endsAt?: Date
  /** Where it comes from, for people to follow. */
  readonly generatorURL?: string
}

/** An alert with nothing left out; labels without empty values. Times are Unix milliseconds. */
export interface FullAlert {
  readonly labels: Labels
  readonly annotations: Labels
  readonly startsAt: number
  readonly endsAt: number
  readonly generatorURL: string
}

/** How long an alert without an end stays firing: Alertmanager's own `resolve_timeout`. */
export const defaultResolveTimeoutMs = 300_000

/**
 * Fills in what a sender left out, by Alertmanager's rules, but as of now: an alert that waits in a
 * queue must not come out of it younger than it went in.
 * @param now Unix milliseconds
 * @throws AlertError where no Alertmanager would take it
 */
export function fullAlert(alert: Alert, now: number, resolveTimeoutMs: number): FullAlert {
  const full = completed(alert, now, resolveTimeoutMs)
  const fault = faultOf(full)
  if (fault !== undefined) throw new AlertError(`${fault}: ${JSON.stringify(alert.labels)}`)
  return full
}

/** Why no Alertmanager would take an alert, in its own words; undefined for a good one. */
export function faultOfAlert(
  alert: Alert,
  now: number,
  resolveTimeoutMs: number,
): string | undefined {
  return faultOf(completed(alert, now, resolveTimeoutMs))
}

function completed(alert: Alert, now: number, resolveTimeoutMs: number): FullAlert {
  const { labels, annotations = {}, startsAt, endsAt, generatorURL = '' } = alert
  return {
    labels: withoutEmpty(labels),
    annotations,
    startsAt: (startsAt ?? endsAt)?.getTime() ?? now,
    endsAt: endsAt?.getTime() ?? now + resolveTimeoutMs,
    generatorURL,
  }
}

function faultOf({ labels, annotations, startsAt, endsAt }: FullAlert): string | undefined {
  if (Number.isNaN(startsAt) || Number.isNaN(endsAt)) return 'start or end is not a valid time'
  if (endsAt < startsAt) return 'start time must be before end time'
  if (Object.hasOwn(labels, '')) return 'invalid label set: invalid name ""'
  if (Object.keys(labels).length === 0) return 'at least one label pair required'
  return Object.hasOwn(annotations, '') ? 'invalid annotations: invalid name ""' : undefined
}

/** A label with an empty value is no label. */
function withoutEmpty(labels: Labels): Labels {
  const entries = Object.entries(labels)
  const full = entries.filter(([, value]) => value !== '')
  return full.length === entries.length ? labels : Object.fromEntries(full)
}

/**
 * Adds labels to those that an alert has; what the alert says itself stands.
 * @param external the `external_labels` of the config
 */
export function withExternal(
  labels: Labels,
  external: readonly (readonly [string, string])[],
): Labels {
  const missing = external.filter(([name, value]) => value !== '' && !Object.hasOwn(labels, name))
  if (missing.length === 0) return labels
  return Object.fromEntries([...Object.entries(labels), ...missing])
}
