import type { SchedulerLike } from 'rxjs'
import type { TargetGroup } from '../discovery/index.js'
import { checkLabelSize } from '../relabel/index.js'
import type { Logger } from '../telemetry/index.js'
import { type CompletedAlert, withLabels } from './completed-alert.js'
import type { CurrentAlerts } from './current-alerts.js'
import type { NotifierMetrics } from './metrics.js'
import type { AlertLimits } from './queue.js'
import { resolveGroup, type ResolvedGroup } from './resolve.js'
import type { SectionPlan } from './section-plan.js'
import { type LoopHealth, SendLoop, type StopReason } from './send-loop.js'
import type { Teardown } from './teardown.js'

/** What all sets of a notifier share. */
export interface SetContext {
  readonly queue: AlertLimits
  readonly batch: AlertLimits
  readonly scheduler: SchedulerLike
  readonly random: () => number
  readonly logger: Logger
  readonly metrics: NotifierMetrics
  /** The valid alerts, before the rules of any section. */
  readonly current: CurrentAlerts
  /** Where loops go that stop. */
  readonly teardown: Teardown
  /** How long they may take to send what is queued; milliseconds. */
  readonly drainMs: number
}

/** The Alertmanagers of one section: each of them gets every alert, at its own pace. */
export class AlertmanagerSet {
  readonly #context: SetContext
  readonly #loops = new Map<string, SendLoop>()
  #plan: SectionPlan
  /** Groups are never changed, only replaced: what was made of one stays true under one plan. */
  #resolved = new WeakMap<TargetGroup, ResolvedGroup>()
  /** What the rules of the plan made of alerts, which are never changed either: one that comes is made once. */
  #relabeled = new WeakMap<CompletedAlert, { readonly made: CompletedAlert | undefined }>()
  #dropped: readonly string[] = []

  constructor(plan: SectionPlan, context: SetContext) {
    this.#plan = plan
    this.#context = context
  }

  /** The plan in force. */
  get plan(): SectionPlan {
    return this.#plan
  }

  /** URLs of the Alertmanagers that get alerts. */
  get active(): readonly string[] {
    return [...this.#loops.keys()]
  }

  /** URLs of those that a relabelling rule dropped. */
  get dropped(): readonly string[] {
    return this.#dropped
  }

  get health(): readonly LoopHealth[] {
    return [...this.#loops.values()].map((loop) => loop.health)
  }

  /** The alert as the rules of the section make it; undefined where they drop it. */
  relabel(alert: CompletedAlert): CompletedAlert | undefined {
    const { config } = this.#plan
    if (config.alert_relabel_configs.length === 0) return alert
    const known = this.#relabeled.get(alert)
    if (known !== undefined) return known.made
    const made = this.#madeOf(alert)
    this.#relabeled.set(alert, { made })
    return made
  }

  #madeOf(alert: CompletedAlert): CompletedAlert | undefined {
    const { alertRelabeler } = this.#plan
    try {
      const labels = alertRelabeler.apply(alert.labels)
      if (labels === undefined) return undefined
      checkLabelSize(labels)
      return withLabels(alert, labels)
    } catch (err) {
      this.#context.logger.error('Relabelling an alert failed, dropping it', { err })
      return undefined
    }
  }

  /** Takes alerts, made by {@link relabel}, for every Alertmanager of the set. */
  send(alerts: readonly CompletedAlert[]): void {
    if (alerts.length === 0) return
    for (const loop of this.#loops.values()) loop.add(alerts)
  }

  /**
   * Goes on under another plan, with the groups there are under it. Queues stay, and what waits in them is
   * sent by the new plan. Alertmanagers that are gone are stopped first, so that they get what is left by the
   * old plan and never see the new credentials.
   */
  use(plan: SectionPlan, groups: Iterable<TargetGroup>): void {
    this.#plan = plan
    this.#resolved = new WeakMap()
    this.#relabeled = new WeakMap()
    this.sync(groups)
    for (const loop of this.#loops.values()) loop.use(plan.post)
  }

  /** Starts a loop for every Alertmanager that is new, and stops those of the ones that are gone. */
  sync(groups: Iterable<TargetGroup>): void {
    const found = new Set<string>()
    const dropped: string[] = []
    for (const group of groups) {
      const resolved = this.#resolve(group)
      for (const url of resolved.active) found.add(url)
      // Not by spreading: a group may have more than a call takes arguments.
      for (const url of resolved.dropped) dropped.push(url)
    }
    this.#dropped = dropped
    for (const url of this.active) if (!found.has(url)) this.#stop(url, 'removed')
    for (const url of found) if (!this.#loops.has(url)) this.#start(url)
  }

  /** Stops every loop; the connections close once all of them are over. */
  end(reason: StopReason): void {
    for (const url of this.active) this.#stop(url, reason)
    this.#context.teardown.close(this.#plan.post.transport)
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

  #start(url: string): void {
    const { current, metrics, ...context } = this.#context
    const validAlerts = (): readonly CompletedAlert[] =>
      current.valid(context.scheduler.now()).flatMap((alert) => this.relabel(alert) ?? [])
    const loop = new SendLoop({
      ...context,
      url,
      post: this.#plan.post,
      metrics: metrics.loop(url),
      validAlerts,
    })
    this.#loops.set(url, loop)
    // An Alertmanager that comes later has to know what is going on, too.
    loop.add(validAlerts())
  }

  #stop(url: string, reason: StopReason): void {
    const loop = this.#loops.get(url)
    if (loop === undefined) return
    this.#loops.delete(url)
    this.#context.teardown.add(loop.stop(reason, this.#context.drainMs))
  }
}
