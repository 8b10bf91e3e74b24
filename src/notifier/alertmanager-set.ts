import type { SchedulerLike } from 'rxjs'
import type { TargetGroup } from '../discovery/index.js'
import type { Logger } from '../telemetry/index.js'
import { type Entry, relabelled } from './entry.js'
import type { NotifierMetrics } from './metrics.js'
import type { Bounds } from './queue.js'
import { resolveGroup, type ResolvedGroup } from './resolve.js'
import { type LoopHealth, SendLoop } from './send-loop.js'
import type { SetPlan } from './set-plan.js'

/** What all sets of a notifier have in common. */
export interface SetContext {
  readonly queue: Bounds
  readonly batch: Bounds
  readonly scheduler: SchedulerLike
  readonly random: () => number
  readonly logger: Logger
  readonly metrics: NotifierMetrics
  /** Every alert that is still valid, before the rules of any set. */
  readonly currentAlerts: () => readonly Entry[]
  /** Is handed a loop that has nothing to do any more. */
  readonly retire: (loop: SendLoop) => void
}

/** The Alertmanagers of one section: all of them get every alert, each in its own time. */
export class AlertmanagerSet {
  readonly #context: SetContext
  readonly #loops = new Map<string, SendLoop>()
  #plan: SetPlan
  /** Groups are never changed, only replaced: what was made of one stays true under one plan. */
  #resolved = new WeakMap<TargetGroup, ResolvedGroup>()
  #dropped: readonly string[] = []

  constructor(plan: SetPlan, context: SetContext) {
    this.#plan = plan
    this.#context = context
  }

  get plan(): SetPlan {
    return this.#plan
  }

  get active(): readonly string[] {
    return [...this.#loops.keys()]
  }

  get dropped(): readonly string[] {
    return this.#dropped
  }

  get health(): readonly LoopHealth[] {
    return [...this.#loops.values()].map((loop) => loop.health)
  }

  /** Takes alerts for every Alertmanager of the set. */
  send(alerts: readonly Entry[]): void {
    if (this.#loops.size === 0) return
    const own = this.#relabel(alerts)
    if (own.length === 0) return
    for (const loop of this.#loops.values()) loop.add(own)
  }

  /**
   * Goes on under another plan, with the groups there are under it. Queues stay, and what waits in them
   * goes the new way; what is gone is retired the old way first, so that no credentials go there.
   */
  use(plan: SetPlan, groups: Iterable<TargetGroup>): void {
    this.#plan = plan
    this.#resolved = new WeakMap()
    this.sync(groups)
    for (const loop of this.#loops.values()) loop.use(plan.route)
  }

  /** Starts a loop for every Alertmanager that is new, and retires those of the ones that are gone. */
  sync(groups: Iterable<TargetGroup>): void {
    const found = new Set<string>()
    const dropped: string[] = []
    for (const group of groups) {
      const resolved = this.#resolve(group)
      for (const url of resolved.active) found.add(url)
      dropped.push(...resolved.dropped)
    }
    this.#dropped = dropped
    for (const [url, loop] of this.#loops) if (!found.has(url)) this.#retire(url, loop)
    for (const url of found) if (!this.#loops.has(url)) this.#start(url)
  }

  /** Retires every loop. */
  end(): void {
    for (const [url, loop] of this.#loops) this.#retire(url, loop)
  }

  #resolve(group: TargetGroup): ResolvedGroup {
    const known = this.#resolved.get(group)
    if (known !== undefined) return known
    const resolved = resolveGroup(group, this.#plan.resolution)
    this.#resolved.set(group, resolved)
    for (const err of resolved.faults) {
      this.#context.logger.error('Creating discovered Alertmanager failed', { err })
    }
    return resolved
  }

  #relabel(alerts: readonly Entry[]): readonly Entry[] {
    const { config, alertRelabeler } = this.#plan
    if (config.alert_relabel_configs.length === 0) return alerts
    return alerts.flatMap((entry) => {
      const labels = alertRelabeler.apply(entry.alert.labels)
      return labels === undefined ? [] : [relabelled(entry, labels)]
    })
  }

  #start(url: string): void {
    const { metrics, currentAlerts, ...context } = this.#context
    // An Alertmanager that comes later has to know what is going on, too.
    const everything = (): readonly Entry[] => this.#relabel(currentAlerts())
    const loop = new SendLoop({
      ...context,
      url,
      route: this.#plan.route,
      metrics: metrics.loop(url),
      onReturn: everything,
    })
    this.#loops.set(url, loop)
    loop.add(everything())
    loop.start()
  }

  #retire(url: string, loop: SendLoop): void {
    this.#loops.delete(url)
    this.#context.retire(loop)
  }
}
