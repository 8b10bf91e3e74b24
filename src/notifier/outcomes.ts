import { type Observable, Subject } from 'rxjs'
import type { Labels } from '../labels/index.js'
import type { CompletedAlert } from './completed-alert.js'
import type { DropReason } from './drop-reason.js'
import type { PostError } from './post.js'

/** Alerts that an Alertmanager will never get, together. */
export interface AlertLoss {
  readonly reason: DropReason
  /** The URL of the Alertmanager that does not get them; undefined where there was none to send them to. */
  readonly alertmanager: string | undefined
  /** The labels of each, as that Alertmanager would have got them. */
  readonly alerts: readonly Labels[]
  /** What the last post there failed with; undefined where none failed. */
  readonly error: PostError | undefined
}

/** What became of the alerts for one Alertmanager. */
export interface AlertmanagerReport {
  readonly url: string
  /** How many it took; one that was sent again since it may have forgotten it counts once. */
  readonly delivered: number
  /** How many it will never get. */
  readonly lost: number
  /** What the last post failed with; undefined after one that was delivered. */
  readonly lastError: PostError | undefined
}

/** What becomes of the alerts of one send loop. */
export interface LoopOutcomes {
  /** A post of alerts was taken; `count` of them had not been delivered before. */
  delivered(count: number): void
  failed(error: PostError): void
  lost(alerts: readonly CompletedAlert[], reason: DropReason): void
}

/** The most Alertmanagers that a report has: where they come and go, those that were there first are left out. */
const mostReports = 1000

interface Report {
  delivered: number
  lost: number
  lastError: PostError | undefined
}

/** What became of alerts, by Alertmanager. */
export class Outcomes {
  readonly #losses = new Subject<AlertLoss>()
  readonly #reports = new Map<string, Report>()
  readonly #unsent = new Map<DropReason, number>()

  /** Every loss, as it happens. Completes with the notifier. */
  get losses(): Observable<AlertLoss> {
    return this.#losses.asObservable()
  }

  /** What became of the alerts for each Alertmanager. */
  get reports(): readonly AlertmanagerReport[] {
    return Array.from(this.#reports, ([url, report]) => ({ url, ...report }))
  }

  /** Whether an alert was lost. */
  get hasLost(): boolean {
    return this.#unsent.size > 0 || Array.from(this.#reports.values()).some(({ lost }) => lost > 0)
  }

  /** How many alerts were lost that no Alertmanager had in its queue, by reason. */
  get unsent(): ReadonlyMap<DropReason, number> {
    return new Map(this.#unsent)
  }

  /** Those of one loop. */
  loop(url: string): LoopOutcomes {
    const report = this.#reportOf(url)
    return {
      delivered: (count) => {
        report.delivered += count
        report.lastError = undefined
      },
      failed: (error) => {
        report.lastError = error
      },
      lost: (alerts, reason) => {
        report.lost += alerts.length
        this.#say(alerts, { reason, alertmanager: url, error: report.lastError })
      },
    }
  }

  /** Alerts were given up that no Alertmanager had in its queue. */
  lost(alerts: readonly CompletedAlert[], reason: DropReason): void {
    this.#unsent.set(reason, (this.#unsent.get(reason) ?? 0) + alerts.length)
    this.#say(alerts, { reason, alertmanager: undefined, error: undefined })
  }

  /** Nothing happens to any alert any more. */
  end(): void {
    this.#losses.complete()
  }

  #say(alerts: readonly CompletedAlert[], loss: Omit<AlertLoss, 'alerts'>): void {
    if (!this.#losses.observed) return
    this.#losses.next({ ...loss, alerts: alerts.map(({ labels }) => labels) })
  }

  #reportOf(url: string): Report {
    const known = this.#reports.get(url)
    if (known !== undefined) return known
    for (const oldest of this.#reports.keys()) {
      if (this.#reports.size < mostReports) break
      this.#reports.delete(oldest)
    }
    const made = { delivered: 0, lost: 0, lastError: undefined }
    this.#reports.set(url, made)
    return made
  }
}

/** Alerts were lost, and the caller had asked for an error then. */
export class AlertLossError extends Error {
  override readonly name = 'AlertLossError'
  readonly code = 'ERR_NOTIFIER_LOSS'
  /** What became of the alerts for each Alertmanager. */
  readonly reports: readonly AlertmanagerReport[]
  /** How many alerts were lost that no Alertmanager had in its queue, by reason. */
  readonly unsent: ReadonlyMap<DropReason, number>

  constructor({ reports, unsent }: Pick<Outcomes, 'reports' | 'unsent'>) {
    const lossy = reports.filter(({ lost }) => lost > 0)
    const parts = lossy.slice(0, mostNamed).map(({ url, lost, lastError }) => {
      return `${url} did not get ${countOf(lost)}${lastError === undefined ? '' : ` (${lastError.message})`}`
    })
    if (lossy.length > parts.length)
      parts.push(`${String(lossy.length - parts.length)} more did not`)
    for (const [reason, count] of unsent)
      parts.push(`no Alertmanager got ${countOf(count)} (${reason})`)
    super(`alerts were lost: ${parts.join('; ') || 'there is no Alertmanager'}`, {
      cause: lossy.at(0)?.lastError,
    })
    this.reports = reports
    this.unsent = unsent
  }
}

/** An error names no more Alertmanagers than this. */
const mostNamed = 10

function countOf(alerts: number): string {
  return alerts === 1 ? '1 alert' : `${String(alerts)} alerts`
}
