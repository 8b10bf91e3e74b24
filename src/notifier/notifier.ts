import { Registry } from 'prom-client'
import { asyncScheduler, type Observable, type SchedulerLike } from 'rxjs'
import type { TargetUpdate } from '../discovery/index.js'
import { type NameScheme, Relabeler } from '../relabel/index.js'
import type { Prepared, Reloadable } from '../reload/index.js'
import { type Actor, Gate } from '../run/index.js'
import { type Logger, silentLogger } from '../telemetry/index.js'
import { type Alert, defaultResolveTimeoutMs, fullAlert, withExternal } from './alert.js'
import { AlertmanagerSet, type SetContext } from './alertmanager-set.js'
import { type AlertmanagerConfig, type NotifierConfig, setName } from './config.js'
import { CurrentAlerts } from './current-alerts.js'
import { DiscoveredGroups } from './discovered-groups.js'
import { entryOf } from './entry.js'
import { AlertmanagerConfigError } from './errors.js'
import { Exits } from './exits.js'
import { lossMessages } from './loss.js'
import { matchSets } from './match.js'
import { NotifierMetrics } from './metrics.js'
import type { LoopHealth } from './send-loop.js'
import { SetPlan } from './set-plan.js'
import type { Transport } from './transport.js'
import { sameConfig } from '../yaml/index.js'

/** Everything about a notifier; what has a default may be left out. */
export interface NotifierOptions {
  /** What the discovery manager finds for the sets `config-0`, `config-1`, ...: the state, then changes. */
  readonly updates: Observable<TargetUpdate>
  /** Makes the HTTP client of one section; throws when the section cannot be used as it is. */
  readonly createTransport: (config: AlertmanagerConfig) => Transport
  /** The most alerts that wait for one Alertmanager. Default 10,000. */
  readonly queueCapacity?: number
  /** The most alerts in one post. Default 256. */
  readonly batchSize?: number
  /** Whether queues are emptied before the notifier ends. Default true. */
  readonly drainOnShutdown?: boolean
  /** The most that takes, in milliseconds. Default 10,000. */
  readonly drainTimeoutMs?: number
  /** How long an alert without `endsAt` is firing, in milliseconds. Default five minutes. */
  readonly resolveTimeoutMs?: number
  /** How long the end of an alert is worth telling, in milliseconds. Default fifteen minutes. */
  readonly resolvedHorizonMs?: number
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

/** A section of a new config, and the set that will live by it. */
interface Planned {
  /** Undefined where a new one has to be made. */
  readonly set: AlertmanagerSet | undefined
  readonly plan: SetPlan
}

// Alerts of about a kilobyte are common, of a megabyte not; memory has to have a bound in any case.
const queueCharacters = 64 * 1024 * 1024
const batchCharacters = 4 * 1024 * 1024

/**
 * Sends alerts to every Alertmanager that discovery finds. Each has a bounded queue and a loop of its
 * own, which tries again until an alert is taken or has expired.
 */
export class Notifier implements Actor, Reloadable<NotifierConfig> {
  readonly name = 'notifier'
  readonly #options: NotifierOptions
  readonly #scheduler: SchedulerLike
  readonly #metrics: NotifierMetrics
  readonly #context: SetContext
  readonly #current: CurrentAlerts
  readonly #stop = new Gate('notifier stopped')
  readonly #groups: DiscoveredGroups
  readonly #exits: Exits
  #sets: readonly AlertmanagerSet[] = []
  /** What the sets have to live by from the end of this turn on. */
  #plans: readonly SetPlan[] = []
  #external: readonly [string, string][] = []
  #relabeler = new Relabeler([])
  #isSettling = false
  #isRenewing = false
  #everDiscovered = false
  #fail: (error: unknown) => void = () => {}

  constructor(options: NotifierOptions) {
    const { scheduler = asyncScheduler, random = Math.random, logger = silentLogger } = options
    const { queueCapacity = 10_000, batchSize = 256 } = options
    this.#options = options
    this.#scheduler = scheduler
    this.#metrics = new NotifierMetrics(options.registry ?? new Registry())
    this.#metrics.queueCapacity = queueCapacity
    const queue = { alerts: queueCapacity, characters: queueCharacters }
    this.#current = new CurrentAlerts(queue)
    this.#exits = new Exits(logger)
    this.#groups = new DiscoveredGroups(
      options.updates,
      () => this.#settleLater(),
      (error) => this.#fail(error),
    )
    this.#context = {
      queue,
      batch: { alerts: batchSize, characters: batchCharacters },
      scheduler,
      random,
      logger,
      metrics: this.#metrics,
      currentAlerts: () => this.#current.valid(scheduler.now()),
      retire: (loop) => this.#exits.add(loop.stop(this.#reason, this.#drainMs)),
    }
  }

  /**
   * Takes alerts for every Alertmanager there is, and for those discovered while the alerts are valid.
   * Returns at once: nothing that an Alertmanager does holds the caller up.
   * @returns false once the notifier has been stopped: the alerts are not taken
   * @throws AlertError when one has no label or no valid date; none is taken then
   */
  send(alerts: readonly Alert[]): boolean {
    if (this.#stop.isOpen) return false
    const { resolveTimeoutMs = defaultResolveTimeoutMs, resolvedHorizonMs = 900_000 } =
      this.#options
    const now = this.#scheduler.now()
    const full = alerts.map((alert) => fullAlert(alert, now, resolveTimeoutMs))
    const entries = full.flatMap((alert) => {
      const labels = this.#relabeler.apply(withExternal(alert.labels, this.#external))
      return labels === undefined ? [] : [entryOf({ ...alert, labels }, now, resolvedHorizonMs)]
    })
    if (entries.length === 0) return true
    this.#current.put(entries)
    for (const set of this.#sets) set.send(entries)
    return true
  }

  /** The Alertmanagers of all sets, in the order of the config. */
  alertmanagers(): Alertmanagers {
    return {
      active: this.#sets.flatMap((set) => set.active.map((url) => ({ url }))),
      dropped: this.#sets.flatMap((set) => set.dropped.map((url) => ({ url }))),
    }
  }

  /** How each active Alertmanager is doing. */
  health(): readonly LoopHealth[] {
    return this.#sets.flatMap((set) => set.health)
  }

  /** Sends until it is interrupted; then tries everything that is queued once more. */
  async execute(): Promise<void> {
    const failed = new Promise<never>((_, reject) => {
      this.#fail = reject
    })
    if (!this.#stop.isOpen) this.#groups.start()
    try {
      await Promise.race([this.#stop.opened, failed])
    } finally {
      this.#stop.open()
      this.#groups.stop()
      this.#countUntold()
      for (const set of this.#sets) this.#end(set)
      await this.#exits.over()
    }
  }

  interrupt(): void {
    this.#stop.open()
  }

  /** @throws AlertmanagerConfigError when a section cannot be used */
  prepare(config: NotifierConfig): Prepared {
    const scheme = config.global.metric_name_validation_scheme || 'utf8'
    const relabeler = new Relabeler(config.alerting.alert_relabel_configs, scheme)
    const plans = this.#plan(config.alerting.alertmanagers, scheme)
    return {
      commit: () => {
        this.#external = Object.entries(config.global.external_labels)
        this.#relabeler = relabeler
        this.#take(plans)
      },
      discard: () => this.#closeNew(plans),
    }
  }

  #plan(configs: readonly AlertmanagerConfig[], scheme: NameScheme): readonly Planned[] {
    const sets = matchSets(configs, this.#sets)
    const plans: Planned[] = []
    for (const [i, config] of configs.entries()) {
      const set = sets[i]
      try {
        const isUnchanged = set?.plan.scheme === scheme && sameConfig(set.plan.config, config)
        const plan = isUnchanged
          ? set.plan
          : new SetPlan(config, scheme, this.#options.createTransport(config))
        plans.push({ set, plan })
      } catch (cause) {
        this.#closeNew(plans)
        throw new AlertmanagerConfigError(i, cause)
      }
    }
    return plans
  }

  #closeNew(plans: readonly Planned[]): void {
    for (const { set, plan } of plans) if (plan !== set?.plan) this.#exits.close(plan.transport)
  }

  #take(planned: readonly Planned[]): void {
    const gone = new Set(this.#sets)
    this.#sets = planned.map(({ set, plan }) => {
      if (set !== undefined) gone.delete(set)
      return set ?? new AlertmanagerSet(plan, this.#context)
    })
    this.#plans = planned.map(({ plan }) => plan)
    for (const set of gone) this.#end(set)
    this.#isRenewing = true
    this.#settleLater()
  }

  #end(set: AlertmanagerSet): void {
    set.end()
    this.#exits.close(set.plan.transport)
  }

  /**
   * A reload changes discovery and the notifier in one turn, in whichever order. What comes of it waits
   * for the end of the turn, so that nobody's alerts and credentials go to the Alertmanagers of another
   * section that had its place before.
   */
  #settleLater(): void {
    if (this.#isSettling) return
    this.#isSettling = true
    queueMicrotask(() => {
      try {
        this.#settle()
      } catch (error) {
        this.#fail(error)
      }
    })
  }

  #settle(): void {
    if (this.#isRenewing && !this.#stop.isOpen) this.#groups.start()
    const isRenewing = this.#isRenewing
    this.#isSettling = false
    this.#isRenewing = false
    for (const [i, set] of this.#sets.entries()) {
      const name = setName(i)
      const { plan: old } = set
      const plan = this.#plans[i] ?? old
      if (this.#stop.isOpen) {
        if (plan !== old) this.#exits.close(plan.transport)
      } else if (plan !== old) {
        set.use(plan, this.#groups.of(name))
        this.#exits.close(old.transport)
      } else if (this.#groups.takeChanged(name) || isRenewing) set.sync(this.#groups.of(name))
    }
    const discovered = this.#sets.reduce((sum, set) => sum + set.active.length, 0)
    this.#metrics.discovered = discovered
    this.#everDiscovered ||= discovered > 0
  }

  #countUntold(): void {
    const count = this.#current.valid(this.#scheduler.now()).length
    if (count === 0 || this.#everDiscovered) return
    const reason = 'no_alertmanager'
    this.#metrics.lost(count, reason)
    this.#context.logger.warn(lossMessages[reason], { count, reason })
  }

  get #reason(): 'removed' | 'shutdown' {
    return this.#stop.isOpen ? 'shutdown' : 'removed'
  }

  get #drainMs(): number {
    const { drainOnShutdown = true, drainTimeoutMs = 10_000 } = this.#options
    return drainOnShutdown ? drainTimeoutMs : 0
  }
}
