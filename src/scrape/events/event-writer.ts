import type { ChangeCause } from '../../discovery/updates.js'
import type { Labels } from '../../labels/index.js'
import { formatPlace } from '../../yaml/index.js'
import { providerOf } from '../group-key.js'
import type { ScrapeJob } from '../job.js'
import type { CompiledJob } from '../targets/compiled-job.js'
import type { GroupTargets } from '../targets/group-targets.js'
import type { Target } from '../targets/target.js'
import type { EventFacts, EventKind, EventRule } from './event.js'
import type { EventLog } from './event-log.js'
import { addressAt, type GroupDiff } from './group-diff.js'

export interface EventWriterOptions {
  readonly log: EventLog
  /** How many targets get an event of their own; the rest is counted. */
  readonly limit: number
  readonly job: ScrapeJob
  /** Why a group changed. */
  readonly causeOf: (key: string) => ChangeCause
}

/**
 * Writes the events of one change of a pool: one for each target up to a limit, then one for each
 * number of targets.
 */
export class EventWriter {
  readonly #options: EventWriterOptions
  readonly #counts: Map<string, EventFacts & { readonly count: number }> = new Map()
  #left: number

  constructor(options: EventWriterOptions) {
    this.#options = options
    this.#left = options.limit
  }

  /** Whether what follows is only counted. */
  get isFull(): boolean {
    return this.#left <= 0
  }

  /** @param index of the target in the active ones before */
  removed(diff: GroupDiff, index: number): void {
    this.#write(diff, 'removed', () => activeFacts(diff.before, index))
  }

  /** @param index of the target in the active ones after */
  added(diff: GroupDiff, index: number): void {
    this.#write(diff, 'added', () => activeFacts(diff.after, index))
  }

  /**
   * @param index of the target in the active ones after
   * @param old the target that it replaces
   */
  changed(diff: GroupDiff, index: number, old: Target): void {
    this.#write(diff, 'changed', () => {
      const target = diff.after?.active[index]
      const facts = activeFacts(diff.after, index)
      return target === undefined ? facts : { ...facts, before: otherLabels(old, target) }
    })
  }

  /**
   * @param at where the target stands in its group
   * @param old the active target that it was before
   */
  dropped({ key, after }: GroupDiff, at: number, old: Target | undefined): void {
    this.#write({ key }, 'dropped', () => {
      if (after === undefined) return {}
      const facts = discoveredFacts(after, at)
      const { discoveredLabels } = facts
      const rule = discoveredLabels && this.#ruleThatDrops(after.compiled, discoveredLabels)
      return { ...facts, ...(old && { before: old.labels() }), ...(rule && { rule }) }
    })
  }

  /**
   * @param at where the target stands in its group
   * @param old the active target that it was before
   */
  failed({ key, after }: GroupDiff, at: number, fault: string, old: Target | undefined): void {
    this.#write({ key }, 'failed', () => {
      const facts = after && discoveredFacts(after, at)
      return { ...facts, ...(old && { before: old.labels() }), fault }
    })
  }

  /** Counts more targets of a group, without an event for each. */
  count(key: string, kind: EventKind, more: number): void {
    if (more === 0) return
    const provider = providerOf(key)
    const cause = this.#options.causeOf(key)
    const name = `${kind} ${cause} ${provider}`
    const count = more + (this.#counts.get(name)?.count ?? 0)
    const { job_name: set } = this.#options.job
    this.#counts.set(name, { kind, manager: 'scrape', set, provider, cause, count })
  }

  /** Writes the events of what was counted. */
  close(): void {
    for (const facts of this.#counts.values()) this.#options.log.add(facts)
    this.#counts.clear()
  }

  #write(
    { key }: { readonly key: string },
    kind: EventKind,
    more: () => Partial<EventFacts>,
  ): void {
    if (this.isFull) {
      this.count(key, kind, 1)
      return
    }
    this.#left -= 1
    const { log, job, causeOf } = this.#options
    const [set, provider, cause] = [job.job_name, providerOf(key), causeOf(key)]
    log.add({ kind, manager: 'scrape', set, provider, cause, ...more() })
  }

  #ruleThatDrops(compiled: CompiledJob, labels: Labels): EventRule | undefined {
    const steps = compiled.explain(labels)
    const index = steps.findIndex(({ keep }) => !keep)
    const action = steps[index]?.rule.action
    if (action === undefined) return undefined
    const place = this.#options.job.rule_places?.[index]
    return { number: index + 1, action, place: place && formatPlace(place) }
  }
}

function activeFacts(targets: GroupTargets | undefined, index: number): Partial<EventFacts> {
  const target = targets?.active[index]
  const at = targets?.activeAt[index]
  if (targets === undefined || target === undefined || at === undefined) return {}
  return { address: addressAt(targets.discovered, at), labels: target.labels() }
}

/** The labels of a target that another one has not, or with other values: empty where it has none. */
function otherLabels(one: Target, other: Target): Labels {
  const names = new Set([...one.list.names, ...other.list.names])
  const different = [...names].filter((name) => one.value(name) !== other.value(name))
  return Object.fromEntries(different.map((name) => [name, one.value(name)]))
}

function discoveredFacts(
  { compiled, discovered }: GroupTargets,
  at: number,
): Pick<EventFacts, 'address' | 'discoveredLabels'> {
  const address = addressAt(discovered, at)
  const found = compiled.labelsOf(discovered).discovered(at)
  if (found === undefined) return { address }
  return { address, discoveredLabels: found.list.labels(found.values) }
}
