import type { Labels } from '../labels/index.js'
import {
  checkLabelSize,
  LabelSizeError,
  type Relabeler,
  RelabelWorkError,
} from '../relabel/index.js'
import { type CompletedAlert, writeAlert } from './completed-alert.js'

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

/** An alert that no Alertmanager would take: a defect of the sender. */
export class AlertError extends Error {
  override readonly name = 'AlertError'
  readonly code = 'ERR_NOTIFIER_ALERT'

  /** @param reason what is wrong with it, in Alertmanager's words */
  constructor(reason: string, alert: Alert) {
    super(`${reason}: ${JSON.stringify(alert.labels)}`)
  }
}

/** How long an alert without an end is firing, in milliseconds, unless something else is asked for. */
export const defaultResolveTimeoutMs = 300_000

/** How long the end of an alert is worth sending, in milliseconds, unless something else is asked for. */
export const defaultResolvedHorizonMs = 900_000

/** What completes an alert: the notifier's times, and what the config adds for every Alertmanager. */
export interface CompletionRules {
  /** How long an alert without an end stays firing, in milliseconds. */
  readonly resolveTimeoutMs: number
  /** How long the end of an alert is worth sending, in milliseconds. */
  readonly resolvedHorizonMs: number
  /** `external_labels`: given to every alert that has no label of that name. */
  readonly externalLabels: readonly (readonly [name: string, value: string])[]
  /** `alerting.alert_relabel_configs`. */
  readonly relabeler: Relabeler
}

/** An alert after it was completed and judged. */
export type Completion =
  | { readonly kind: 'valid'; readonly alert: CompletedAlert }
  /** A relabelling rule dropped it. */
  | { readonly kind: 'dropped' }
  /** No Alertmanager would take it; the reason is in Alertmanager's words. */
  | { readonly kind: 'invalid'; readonly reason: string }

/** The times of an alert with nothing left out, in Unix milliseconds. */
interface Times {
  readonly startsAt: number
  readonly endsAt: number
}

/**
 * Completes an alert and judges it, once for every Alertmanager and every retry: fills in the times that
 * the sender left out, adds external labels, and relabels.
 *
 * Times are filled in by Alertmanager's rules, but as of now: an alert that waits in a queue must not
 * come out of it younger than it went in. A firing alert is valid until it ends. A resolved one has ended
 * already, and its end stays worth sending for `resolvedHorizonMs`.
 * @param now Unix milliseconds
 */
export function completeAlert(alert: Alert, rules: CompletionRules, now: number): Completion {
  const { annotations = {}, generatorURL = '' } = alert
  const own = withoutEmpty(alert.labels)
  const times = timesOf(alert, rules.resolveTimeoutMs, now)
  const reason = whyInvalid(own, annotations, times)
  if (reason !== undefined) return { kind: 'invalid', reason }
  const labels = relabel(own, rules)
  if (labels instanceof Error) return { kind: 'invalid', reason: labels.message }
  if (labels === undefined) return { kind: 'dropped' }
  const validUntil = validUntilOf(alert, now, rules)
  const completed = writeAlert({ labels, annotations, generatorURL, ...times }, validUntil)
  return { kind: 'valid', alert: completed }
}

/**
 * When an alert that came at `now` says nothing any more that is still true.
 * @param now Unix milliseconds, like what it gives
 */
export function validUntilOf(
  { endsAt }: Alert,
  now: number,
  times: Partial<Pick<CompletionRules, 'resolveTimeoutMs' | 'resolvedHorizonMs'>> = {},
): number {
  const { resolveTimeoutMs = defaultResolveTimeoutMs } = times
  const { resolvedHorizonMs = defaultResolvedHorizonMs } = times
  const end = endsAt?.getTime() ?? now + resolveTimeoutMs
  return end > now ? end : now + resolvedHorizonMs
}

/** A rule may make labels that are too long, or take too long: then the alert is at fault, as others are. */
function relabel(
  own: Labels,
  { externalLabels, relabeler }: CompletionRules,
): Labels | Error | undefined {
  try {
    const relabeled = relabeler.apply(withExternal(own, externalLabels), Object.keys(own).length)
    if (relabeled !== undefined) checkLabelSize(relabeled)
    return relabeled
  } catch (error) {
    if (error instanceof LabelSizeError || error instanceof RelabelWorkError) return error
    throw error
  }
}

function timesOf({ startsAt, endsAt }: Alert, resolveTimeoutMs: number, now: number): Times {
  return {
    startsAt: (startsAt ?? endsAt)?.getTime() ?? now,
    endsAt: endsAt?.getTime() ?? now + resolveTimeoutMs,
  }
}

function whyInvalid(
  labels: Labels,
  annotations: Labels,
  { startsAt, endsAt }: Times,
): string | undefined {
  if (Number.isNaN(startsAt) || Number.isNaN(endsAt)) return 'start or end is not a valid time'
  if (endsAt < startsAt) return 'start time must be before end time'
  if (Object.hasOwn(labels, '')) return 'invalid label set: invalid name ""'
  if (Object.keys(labels).length === 0) return 'at least one label pair required'
  return Object.hasOwn(annotations, '') ? 'invalid annotations: invalid name ""' : undefined
}

/** To Alertmanager, a label with an empty value does not exist. */
function withoutEmpty(labels: Labels): Labels {
  const entries = Object.entries(labels)
  const filled = entries.filter(([, value]) => value !== '')
  return filled.length === entries.length ? labels : Object.fromEntries(filled)
}

/** Adds the external labels; where the alert has a label of the same name, its own stays. */
function withExternal(labels: Labels, external: CompletionRules['externalLabels']): Labels {
  const missing = external.filter(([name, value]) => value !== '' && !Object.hasOwn(labels, name))
  if (missing.length === 0) return labels
  return Object.fromEntries([...Object.entries(labels), ...missing])
}
