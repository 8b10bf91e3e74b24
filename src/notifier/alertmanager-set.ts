import type { SchedulerLike } from 'rxjs'
import type { TargetGroup } from '../discovery/index.js'
import { checkLabelSize } from '../relabel/index.js'
import type { Logger } from '../telemetry/index.js'
import type { Lane, Steps } from '../waiting/turns.js'
import { type CompletedAlert, withLabels } from './completed-alert.js'
import type { CurrentAlerts } from './current-alerts.js'
import { dropMessages } from './drop-reason.js'
import type { NotifierMetrics } from './metrics.js'
import type { Outcomes } from './outcomes.js'
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
  readonly outcomes: Outcomes
  /** Does long work in turns of the event loop. */
  readonly lane: Lane
  /** The valid alerts, before the rules of any section. */
  readonly current: CurrentAlerts
  /** Where loops go that stop. */
  readonly teardown: Teardown
  /** Whether what is left at the end comes back at the next start. */
  readonly keepsAlerts: boolean
  /** How long they may take to send what is queued; milliseconds. */
  readonly drainMs: number
}

/** What the rules of a plan made of alerts, which are never changed: one that comes is made once. */
interface AlertRules {
  readonly plan: SectionPlan
  readonly made: WeakMap<CompletedAlert, { readonly alert: CompletedAlert | undefined }>
}

/** A loop and the rules for what it is given. */
interface RunningLoop {
  readonly loop: SendLoop
  /** Those of the set, for as long as the loop is part of it. */
  rules: AlertRules
}

/** How many alerts are relabelled in one step: well below a millisecond of work, unless rules take long. */
const alertsPerStep = 10

/** How many are queued at a time: about a millisecond of work. */
const alertsPerPart = 500

/** An alert as the rules of a section made it of another. */
interface MadeAlert {
  readonly from: CompletedAlert
  readonly alert: CompletedAlert
}

/** The Alertmanagers of one section: each of them gets every alert, at its own pace. */
export class AlertmanagerSet {
  readonly #context: SetContext
  readonly #loops = new Map<string, RunningLoop>()
  /** Groups are never changed, only replaced: what was made of one stays true under one plan. */
  #resolved = new WeakMap<TargetGroup, ResolvedGroup>()
  #rules: AlertRules
  #dropped: readonly string[] = []

  constructor(plan: SectionPlan, context: SetContext) {
    this.#rules = { plan, made: new WeakMap() }
    this.#context = context
  }

  /** The plan in force. */
  get plan(): SectionPlan {
    return this.#rules.plan
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
    return Array.from(this.#loops.values(), ({ loop }) => loop.health)
  }

  /** The alert as the rules of the section make it; undefined where they drop it. */
  relabel(alert: CompletedAlert): CompletedAlert | undefined {
    return this.#relabel(alert, this.#rules)
  }

  #relabel(alert: CompletedAlert, { plan, made }: AlertRules): CompletedAlert | undefined {
    if (plan.config.alert_relabel_configs.length === 0) return alert
    const known = made.get(alert)
    if (known !== undefined) return known.alert
    const relabeled = this.#madeOf(alert, plan)
    made.set(alert, { alert: relabeled })
    return relabeled
  }

  #madeOf(alert: CompletedAlert, { alertRelabeler }: SectionPlan): CompletedAlert | undefined {
    try {
      const labels = alertRelabeler.apply(alert.labels)
      if (labels === undefined) return undefined
      checkLabelSize(labels)
      return withLabels(alert, labels)
    } catch (err) {
      const { logger, metrics, outcomes } = this.#context
      logger.error(dropMessages.relabel_failed, { err })
      metrics.dropped(1, 'relabel_failed')
      outcomes.lost([alert], 'relabel_failed')
      return undefined
    }
  }

  /** Takes alerts, made by {@link relabel}, for every Alertmanager of the set. */
  send(alerts: readonly CompletedAlert[]): void {
    if (alerts.length === 0) return
    for (const { loop } of this.#loops.values()) loop.add(alerts)
  }

  /**
   * Goes on under another plan, with the groups there are under it. Queues stay, and what waits in them is
   * sent by the new plan. Alertmanagers that are gone are stopped first, so that they get what is left by the
   * old plan and never see the new credentials.
   */
  use(plan: SectionPlan, groups: Iterable<TargetGroup>): void {
    this.#rules = { plan, made: new WeakMap() }
    this.#resolved = new WeakMap()
    this.sync(groups)
    for (const running of this.#loops.values()) {
      running.rules = this.#rules
      running.loop.use(plan.post)
    }
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
    this.#context.teardown.close(this.plan.post.transport)
  }

  #resolve(group: TargetGroup): ResolvedGroup {
    const known = this.#resolved.get(group)
    if (known !== undefined) return known
    const resolved = resolveGroup(group, this.plan.resolution)
    this.#resolved.set(group, resolved)
    for (const err of resolved.faults) {
      this.#context.logger.error('Creating discovered Alertmanager failed', { err })
    }
    return resolved
  }

  #start(url: string): void {
    const { current, metrics, outcomes, ...context } = this.#context
    const loop = new SendLoop({
      ...context,
      url,
      post: this.plan.post,
      metrics: metrics.loop(url),
      outcomes: outcomes.loop(url),
      validAlerts: () => this.#validAlerts(running),
    })
    const running: RunningLoop = { loop, rules: this.#rules }
    this.#loops.set(url, running)
    // An Alertmanager that comes later has to know what is going on, too.
    current.claim()
    loop.fill()
  }

  /**
   * Gives all alerts that are valid, relabelled, part by part: the freshest part first, and each part with its
   * freshest alert last.
   */
  *#validAlerts(running: RunningLoop): Steps<void, readonly CompletedAlert[]> {
    const { current, scheduler } = this.#context
    // Rules may make one alert of two: the freshest counts.
    const given = new Set<string>()
    let part: MadeAlert[] = []
    const rest = [...current.valid(scheduler.now())]
    for (let from = rest.pop(); from !== undefined; from = rest.pop()) {
      const alert = this.#relabel(from, running.rules)
      if (alert !== undefined && !given.has(alert.key)) part.push({ from, alert })
      if (alert !== undefined) given.add(alert.key)
      if (part.length === alertsPerPart || rest.length === 0) {
        // A newer state that came meanwhile went to the loop at once: this must not follow it.
        yield part.toReversed().flatMap(({ from, alert }) => (current.has(from) ? [alert] : []))
        part = []
      } else if (rest.length % alertsPerStep === 0) yield
    }
  }

  #stop(url: string, reason: StopReason): void {
    const running = this.#loops.get(url)
    if (running === undefined) return
    this.#loops.delete(url)
    this.#context.teardown.add(running.loop.stop(reason, this.#context.drainMs))
  }
}
