import type { AlertmanagerConfig } from '../config/index.js'
import type { TargetUpdate } from '../discovery/index.js'
import type { NameScheme } from '../relabel/index.js'
import type { Prepared } from '../reload/index.js'
import { sameConfig } from '../yaml/index.js'
import { AlertmanagerSet, type SetContext } from './alertmanager-set.js'
import type { AlertTransport } from './alert-transport.js'
import type { CompletedAlert } from './completed-alert.js'
import { setName } from './config.js'
import { DiscoveredGroups } from './discovered-groups.js'
import { matchSections } from './match-sections.js'
import { followed, nextPlacement, type Placement } from './placement.js'
import { AlertmanagerConfigError, planSection, type SectionPlan } from './section-plan.js'

/** A running set and where it is in the config. */
interface Placed {
  readonly set: AlertmanagerSet
  readonly placement: Placement
}

/** A section of a config that was prepared, and the running set that will go on under it. */
interface Planned {
  /** Undefined where a new one has to be made. */
  readonly set: AlertmanagerSet | undefined
  readonly plan: SectionPlan
}

/** A config that was prepared. */
interface NextConfig {
  readonly sections: readonly Planned[]
  /** The plans that were made for it: nothing else uses them before the commit. */
  readonly made: readonly SectionPlan[]
  /** Its groups come with a generation newer than this one. */
  after: number
}

/**
 * The sets of Alertmanagers of all sections, led from one config to the next.
 *
 * A config arrives by its commit, and the groups that discovery finds for it arrive as updates of a newer
 * generation, in either order. A section's plan takes effect once both are there: the commit, and the update
 * of its own set. So no alert and no credential of a section goes to Alertmanagers that were found for the
 * section that had its place before.
 */
export class AlertmanagerSets {
  readonly #context: SetContext
  readonly #createTransport: (config: AlertmanagerConfig) => AlertTransport
  readonly #discovered = new DiscoveredGroups()
  #placed: readonly Placed[] = []
  /** The groups of the config that was committed last come with a generation newer than this one. */
  #after = 0
  /** Neither committed nor discarded so far. */
  #prepared: NextConfig | undefined

  constructor(
    context: SetContext,
    createTransport: (config: AlertmanagerConfig) => AlertTransport,
  ) {
    this.#context = context
    this.#createTransport = createTransport
  }

  /** The running sets, in the order of the config. */
  get running(): readonly AlertmanagerSet[] {
    return this.#placed.map(({ set }) => set)
  }

  /** Whether there is an Alertmanager now. */
  get hasAlertmanager(): boolean {
    return this.#placed.some(({ set }) => set.active.length > 0)
  }

  /** Begins with alerts for every Alertmanager; to be sent in the same turn. */
  batch(): AlertBatch {
    return new AlertBatch(this.running)
  }

  /** @throws AlertmanagerConfigError when a section cannot be used */
  prepare(sections: readonly AlertmanagerConfig[], scheme: NameScheme): Prepared {
    const next = { ...this.#plan(sections, scheme), after: this.#discovered.newest }
    this.#prepared = next
    return { commit: () => this.#commit(next), discard: () => this.#discard(next) }
  }

  /** Takes what discovery sends. */
  take(update: TargetUpdate): void {
    this.#discovered.take(update)
    this.#settle(update.set)
    this.#count()
  }

  /**
   * What has been taken so far is the state that discovery had before anything changed: it belongs to the
   * config that was committed last, and not to one that is only prepared.
   */
  caughtUp(): void {
    if (this.#prepared === undefined) return
    this.#prepared.after = this.#discovered.newest
    this.#settleAll()
  }

  /** Stops all loops, and closes every connection. */
  end(): void {
    for (const { set } of this.#placed) set.end('shutdown')
    for (const plan of waitingPlans(this.#placed)) this.#close(plan)
    this.#placed = []
  }

  #plan(
    configs: readonly AlertmanagerConfig[],
    scheme: NameScheme,
  ): Pick<NextConfig, 'sections' | 'made'> {
    const running = this.#placed.filter(({ placement }) => placement.kind !== 'leaving')
    const matches = matchSections(
      configs,
      running.map((placed) => latestPlan(placed).config),
    )
    const made: SectionPlan[] = []
    const make = (index: number, config: AlertmanagerConfig): SectionPlan => {
      try {
        const plan = planSection(config, scheme, this.#createTransport)
        made.push(plan)
        return plan
      } catch (cause) {
        for (const plan of made) this.#close(plan)
        throw new AlertmanagerConfigError(index, cause)
      }
    }
    const sections = configs.map((config, i): Planned => {
      const old = running[matches[i] ?? -1]
      const plan = old && latestPlan(old)
      const isUnchanged = plan?.scheme === scheme && sameConfig(plan.config, config)
      return { set: old?.set, plan: isUnchanged ? plan : make(i, config) }
    })
    return { sections, made }
  }

  #discard(next: NextConfig): void {
    if (this.#prepared === next) this.#prepared = undefined
    for (const plan of next.made) this.#close(plan)
    this.#settleAll()
  }

  #commit(next: NextConfig): void {
    if (this.#prepared === next) this.#prepared = undefined
    const before = this.#placed
    const placed = next.sections.map(({ set, plan }, i): Placed => {
      const from = before.find((old) => old.set === set)?.placement
      return {
        set: set ?? new AlertmanagerSet(plan, this.#context),
        placement: { kind: 'moving', from: from && followed(from), to: setName(i), plan },
      }
    })
    const leaving = before.filter(({ set }) => !placed.some((one) => one.set === set))
    this.#placed = [...placed, ...leaving.flatMap((one) => this.#leave(one))]
    this.#after = next.after
    const waiting = new Set(waitingPlans(placed))
    for (const plan of waitingPlans(before)) if (!waiting.has(plan)) this.#close(plan)
    this.#settleAll()
  }

  /** The config has no section for this set; one that follows no groups has nothing to wait for. */
  #leave({ set, placement }: Placed): readonly Placed[] {
    const name = followed(placement)
    if (name !== undefined) return [{ set, placement: { kind: 'leaving', name } }]
    set.end('removed')
    return []
  }

  #settleAll(): void {
    for (const name of this.#discovered.names()) this.#settle(name)
    this.#count()
  }

  /** Brings everything that follows a set of discovery, or is about to, to what discovery said of it last. */
  #settle(name: string): void {
    const generation = this.#discovered.generationOf(name)
    // Discovery is ahead: its groups wait for the config that they belong to.
    if (this.#prepared !== undefined && generation > this.#prepared.after) return
    const isNew = generation > this.#after
    this.#placed = this.#placed.flatMap((placed) => this.#follow(placed, name, isNew))
  }

  /** @param isNew whether the groups belong to the config that was committed last */
  #follow({ set, placement }: Placed, name: string, isNew: boolean): readonly Placed[] {
    const next = isNew ? nextPlacement(placement, name) : placement
    if (next === undefined) {
      set.end('removed')
      return []
    }
    const groups = this.#discovered.groupsOf(name)
    if (placement.kind === 'moving' && next.kind === 'settled' && placement.plan !== set.plan) {
      const old = set.plan
      set.use(placement.plan, groups)
      this.#close(old)
    } else if (followed(next) === name) set.sync(groups)
    return [{ set, placement: next }]
  }

  #close(plan: SectionPlan): void {
    this.#context.teardown.close(plan.post.transport)
  }

  #count(): void {
    const discovered = this.running.reduce((sum, set) => sum + set.active.length, 0)
    this.#context.metrics.discovered = discovered
  }
}

/** Alerts that are sent together. The rules of every section are applied to one after the other, as it comes. */
export class AlertBatch {
  readonly alerts: CompletedAlert[] = []
  readonly #parts: readonly { readonly set: AlertmanagerSet; readonly alerts: CompletedAlert[] }[]

  constructor(sets: readonly AlertmanagerSet[]) {
    // Those without an Alertmanager, too: the set remembers what its rules make of an alert, so that one that
    // comes later gets all alerts at once without all that work in one go.
    this.#parts = sets.map((set) => ({ set, alerts: [] }))
  }

  add(alert: CompletedAlert): void {
    this.alerts.push(alert)
    for (const { set, alerts } of this.#parts) {
      const relabeled = set.relabel(alert)
      if (relabeled !== undefined) alerts.push(relabeled)
    }
  }

  send(): void {
    for (const { set, alerts } of this.#parts) set.send(alerts)
  }
}

/** What the config that was committed last has for a set, whether or not it is in force. */
function latestPlan({ set, placement }: Placed): SectionPlan {
  return placement.kind === 'moving' ? placement.plan : set.plan
}

/** The plans that wait for their groups, and were never in force. */
function waitingPlans(placed: readonly Placed[]): readonly SectionPlan[] {
  return placed.flatMap((one) => (latestPlan(one) === one.set.plan ? [] : [latestPlan(one)]))
}
