import { Registry } from 'prom-client'
import { asyncScheduler, type Observable, type SchedulerLike, tap } from 'rxjs'
import type { AlertmanagerConfig } from '../config/index.js'
import type { TargetUpdate } from '../discovery/index.js'
import { compareNames, maxWork, Relabeler } from '../relabel/index.js'
import type { Prepared, Reloadable } from '../reload/index.js'
import { safeStream } from '../reload/safe-stream.js'
import { type Actor, Gate } from '../run/index.js'
import { type Logger, silentLogger } from '../telemetry/index.js'
import { checkCount, checkMs } from '../waiting/option.js'
import { Turns } from '../waiting/turns.js'
import {
  type Alert,
  AlertError,
  completeAlert,
  type CompletionRules,
  defaultResolvedHorizonMs,
  defaultResolveTimeoutMs,
} from './alert.js'
import { type AlertBatch, AlertmanagerSets } from './alertmanager-sets.js'
import type { AlertTransport } from './alert-transport.js'
import type { CompletedAlert } from './completed-alert.js'
import type { NotifierConfig } from './config.js'
import { CurrentAlerts } from './current-alerts.js'
import { dropMessages, type DropReason, isKept, keptMessage } from './drop-reason.js'
import { NotifierMetrics } from './metrics.js'
import { type AlertLoss, AlertLossError, type AlertmanagerReport, Outcomes } from './outcomes.js'
import type { LoopHealth } from './send-loop.js'
import { Teardown } from './teardown.js'

/** Everything about a notifier; what has a default may be left out. */
export interface NotifierOptions {
  /**
   * What the discovery manager finds for the sets `config-0`, `config-1`, ...: the state, then changes,
   * with a newer generation after each of its commits.
   */
  readonly updates: Observable<TargetUpdate>
  /** Makes the HTTP client of one section; throws when the section cannot be used as it is. */
  readonly createTransport: (config: AlertmanagerConfig) => AlertTransport
  /** The most alerts that wait for one Alertmanager. Default 10,000. */
  readonly queueCapacity?: number
  /** The most alerts in one post. Default 256. */
  readonly batchSize?: number
  /**
   * Whether queues are emptied before the notifier ends: posts that fail are tried again until
   * `drainTimeoutMs` is up. Default true.
   */
  readonly drainOnShutdown?: boolean
  /** The most that takes, in milliseconds. Default 10,000. */
  readonly drainTimeoutMs?: number
  /**
   * Whether {@link Notifier.execute} rejects with an {@link AlertLossError} when alerts were lost since the
   * start. For programs that end; `losses` says the same while it runs. Default false.
   */
  readonly rejectOnLoss?: boolean
  /**
   * Whether the caller keeps alerts beyond the end, as an {@link AlertLog} does: those that are left then are
   * not lost. Default false.
   */
  readonly keepsAlerts?: boolean
  /** How long an alert without `endsAt` is firing, in milliseconds. Default five minutes. */
  readonly resolveTimeoutMs?: number
  /** How long the end of an alert is worth sending, in milliseconds. Default fifteen minutes. */
  readonly resolvedHorizonMs?: number
  /** Where long work takes its time from; the process should have one. Left out: one of its own. */
  readonly turns?: Turns
  readonly scheduler?: SchedulerLike
  /** A number in [0, 1), for jitter. */
  readonly random?: () => number
  readonly logger?: Logger
  readonly registry?: Registry
}

/** The Alertmanagers that discovery found, as `/api/v1/alertmanagers` shows them. */
export interface Alertmanagers {
  readonly active: readonly { readonly url: string }[]
  readonly dropped: readonly { readonly url: string }[]
}

/** What became of alerts that were sent together. */
export type SendResult =
  /**
   * The first `taken` of them were looked at. The valid ones of these are queued; `invalid` says why the others
   * are not, in Alertmanager's words.
   */
  | {
      readonly kind: 'queued'
      readonly taken: number
      readonly invalid: ReadonlyMap<Alert, string>
    }
  /** The notifier has been stopped, and takes no alerts any more. */
  | { readonly kind: 'stopped' }

// Alerts of about a kilobyte are common, of a megabyte not; memory has to have a limit in any case.
const queueCharacters = 64 * 1024 * 1024
const batchCharacters = 4 * 1024 * 1024

/**
 * Sends alerts to every Alertmanager that discovery finds. Each has a bounded queue and a loop of its
 * own, which tries again until an alert is taken or has expired.
 */
export class Notifier implements Actor, Reloadable<NotifierConfig> {
  readonly name = 'notifier'
  /**
   * Alerts that an Alertmanager will never get, as they are given up. Completes at the end. A subscriber that
   * throws makes the notifier fail.
   */
  readonly losses: Observable<AlertLoss>
  readonly #updates: Observable<TargetUpdate>
  readonly #scheduler: SchedulerLike
  readonly #logger: Logger
  readonly #metrics: NotifierMetrics
  readonly #outcomes = new Outcomes()
  readonly #current: CurrentAlerts
  readonly #teardown: Teardown
  readonly #sets: AlertmanagerSets
  readonly #stop = new Gate('notifier stopped')
  readonly #rejectOnLoss: boolean
  readonly #keepsAlerts: boolean
  /** What a subscriber of the losses threw first. */
  #thrown: { readonly error: unknown } | undefined
  #rules: CompletionRules

  /** @throws {OptionError} when a number of the options cannot work */
  constructor(options: NotifierOptions) {
    const { scheduler = asyncScheduler, random = Math.random, logger = silentLogger } = options
    const { queueCapacity = 10_000, batchSize = 256 } = options
    const { drainOnShutdown = true, drainTimeoutMs = 10_000 } = options
    const { resolveTimeoutMs = defaultResolveTimeoutMs } = options
    const { resolvedHorizonMs = defaultResolvedHorizonMs } = options
    const { rejectOnLoss = false, keepsAlerts = false, turns = new Turns() } = options
    checkCount('queueCapacity', queueCapacity)
    checkCount('batchSize', batchSize)
    for (const [name, ms] of Object.entries({
      drainTimeoutMs,
      resolveTimeoutMs,
      resolvedHorizonMs,
    })) {
      checkMs(name, ms)
    }
    const queue = { alerts: queueCapacity, characters: queueCharacters }
    this.#updates = options.updates
    this.#scheduler = scheduler
    this.#logger = logger
    this.#metrics = new NotifierMetrics(options.registry ?? new Registry())
    this.#metrics.queueCapacity = queueCapacity
    this.#rejectOnLoss = rejectOnLoss
    this.#keepsAlerts = keepsAlerts
    this.losses = safeStream(this.#outcomes.losses, (error) => {
      this.#thrown ??= { error }
      this.#stop.open()
    })
    this.#current = new CurrentAlerts(queue, (alerts, reason) => this.#unsent(alerts, reason))
    this.#teardown = new Teardown(logger)
    this.#sets = new AlertmanagerSets(
      {
        queue,
        scheduler,
        random,
        logger,
        batch: { alerts: batchSize, characters: batchCharacters },
        metrics: this.#metrics,
        outcomes: this.#outcomes,
        lane: turns.lane(),
        current: this.#current,
        teardown: this.#teardown,
        drainMs: drainOnShutdown ? drainTimeoutMs : 0,
        keepsAlerts,
      },
      options.createTransport,
    )
    const relabeler = new Relabeler([])
    this.#rules = { resolveTimeoutMs, resolvedHorizonMs, externalLabels: [], relabeler }
  }

  /**
   * Takes alerts for every Alertmanager there is, and for those discovered while the alerts are valid.
   * Returns at once: nothing that an Alertmanager does holds the caller up.
   * @returns false once the notifier has been stopped: the alerts are not taken
   * @throws AlertError when one has no label or no valid date; none is taken then
   */
  send(alerts: readonly Alert[]): boolean {
    if (this.#stop.isOpen) return false
    const now = this.#scheduler.now()
    const completions = alerts.map((alert) => completeAlert(alert, this.#rules, now))
    for (const [i, completion] of completions.entries()) {
      const alert = alerts[i]
      if (completion.kind === 'invalid' && alert) throw new AlertError(completion.reason, alert)
    }
    const batch = this.#sets.batch()
    for (const completion of completions) {
      if (completion.kind === 'valid') batch.add(completion.alert)
    }
    this.#queue(batch)
    return true
  }

  /**
   * Like {@link send}, but takes the valid alerts though others are not, as Alertmanager does.
   * @param isOver asked after each alert: rules may take long. The alerts behind are not taken then
   * @param now when they came, in Unix milliseconds: the times that are left out are as of then. Default: now
   */
  sendValid(
    alerts: readonly Alert[],
    isOver: () => boolean = () => false,
    now: number = this.#scheduler.now(),
  ): SendResult {
    if (this.#stop.isOpen) return { kind: 'stopped' }
    const batch = this.#sets.batch()
    const invalid = new Map<Alert, string>()
    let taken = 0
    for (const alert of alerts) {
      const completion = completeAlert(alert, this.#rules, now)
      if (completion.kind === 'invalid') invalid.set(alert, completion.reason)
      if (completion.kind === 'valid') batch.add(completion.alert)
      taken += 1
      if (isOver()) break
    }
    this.#queue(batch)
    return { kind: 'queued', taken, invalid }
  }

  /**
   * Takes an alert of an earlier run, unless a state of it has come in this one: that is newer.
   * @param at when it came, in Unix milliseconds: the times that are left out are as of then
   */
  restore(alert: Alert, at: number): void {
    if (this.#stop.isOpen) return
    const completion = completeAlert(alert, this.#rules, at)
    if (completion.kind !== 'valid' || this.#current.knows(completion.alert)) return
    const batch = this.#sets.batch()
    batch.add(completion.alert)
    this.#queue(batch)
  }

  /** The Alertmanagers of all sets, in the order of the config. */
  alertmanagers(): Alertmanagers {
    const sets = this.#sets.running
    return {
      active: sets.flatMap((set) => set.active.map((url) => ({ url }))),
      dropped: sets.flatMap((set) => set.dropped.map((url) => ({ url }))),
    }
  }

  /** How each active Alertmanager is doing. */
  health(): readonly LoopHealth[] {
    return this.#sets.running.flatMap((set) => set.health)
  }

  /** What became of the alerts so far, for each Alertmanager there was; of the last thousand of them. */
  reports(): readonly AlertmanagerReport[] {
    return this.#outcomes.reports
  }

  /** How many alerts were lost that no Alertmanager had in its queue, by reason. */
  unsent(): ReadonlyMap<DropReason, number> {
    return this.#outcomes.unsent
  }

  /**
   * Sends until it is interrupted; then tries everything that is queued until it is taken or
   * `drainTimeoutMs` is up.
   * @throws {AlertLossError} when alerts were lost, with `rejectOnLoss`
   */
  async execute(): Promise<void> {
    try {
      if (!this.#stop.isOpen) await this.#follow()
    } finally {
      this.#stop.open()
      this.#current.end(this.#scheduler.now())
      this.#sets.end()
      await this.#teardown.finished()
      this.#outcomes.end()
    }
    if (this.#thrown !== undefined) throw this.#thrown.error
    if (this.#rejectOnLoss && this.#outcomes.hasLost) throw new AlertLossError(this.#outcomes)
  }

  interrupt(): void {
    this.#stop.open()
  }

  /**
   * Makes a config ready. Commit it in the same turn as the discovery manager commits the same config, in
   * either order, as a `Reloader` does with its parts: the sections take effect with the updates that
   * discovery sends at its commit, which carry a newer generation. Without that the sections in force stay
   * until discovery's next commit; external labels and `alerting.alert_relabel_configs` apply at once.
   * @throws AlertmanagerConfigError when a section cannot be used
   */
  prepare(config: NotifierConfig): Prepared {
    const { external_labels, metric_name_validation_scheme } = config.global
    const { alert_relabel_configs, alertmanagers } = config.alerting
    const scheme = metric_name_validation_scheme || 'utf8'
    const externalLabels = Object.entries(external_labels).sort(([a], [b]) => compareNames(a, b))
    const relabeler = new Relabeler(alert_relabel_configs, scheme, maxWork)
    const sets = this.#sets.prepare(alertmanagers, scheme)
    return {
      commit: () => {
        if (this.#stop.isOpen) {
          sets.discard()
          return
        }
        this.#rules = { ...this.#rules, externalLabels, relabeler }
        sets.commit()
      },
      discard: () => sets.discard(),
    }
  }

  /** Ends when it is interrupted. @throws what the updates fail with */
  #follow(): Promise<void> {
    return new Promise((resolve, reject) => {
      const taken = this.#updates.pipe(tap((update) => this.#sets.take(update)))
      const subscription = taken.subscribe({ error: reject })
      this.#sets.caughtUp()
      this.#stop.onOpen(() => {
        subscription.unsubscribe()
        resolve()
      })
    })
  }

  #queue(batch: AlertBatch): void {
    if (batch.alerts.length === 0) return
    this.#current.put(batch.alerts, this.#sets.hasAlertmanager)
    batch.send()
  }

  /** Alerts were given up that no Alertmanager ever had in its queue. */
  #unsent(alerts: readonly CompletedAlert[], reason: DropReason): void {
    const count = alerts.length
    if (isKept(reason, this.#keepsAlerts)) {
      this.#logger.info(keptMessage, { count, reason })
      return
    }
    this.#metrics.dropped(count, reason)
    this.#logger.warn(dropMessages[reason], { count, reason })
    this.#outcomes.lost(alerts, reason)
  }
}
