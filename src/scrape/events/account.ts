import type { ChangeCause } from '../../discovery/updates.js'
import type { Labels } from '../../labels/index.js'
import { formatPlace } from '../../yaml/index.js'
import type { Blueprint } from '../blueprint.js'
import type { ScrapeJob } from '../job.js'
import type { Target } from '../target.js'
import { addressAt, type Delta, type Side } from './delta.js'
import type { EventFacts, EventKind, EventRule } from './event.js'
import type { EventLog } from './event-log.js'

export interface AccountOptions {
  readonly log: EventLog
  /** So many events are told of one by one; the rest is counted. */
  readonly room: number
  readonly job: ScrapeJob
  /** Why a group changed. */
  readonly causeOf: (key: string) => ChangeCause
}

/** Tells of one change of a pool, so much of it one by one and the rest as numbers. */
export class Account {
  readonly #options: AccountOptions
  readonly #rest: Map<string, EventFacts & { readonly count: number }> = new Map()
  #room: number

  constructor(options: AccountOptions) {
    this.#options = options
    this.#room = options.room
  }

  /** Whether what follows is only counted. */
  get isFull(): boolean {
    return this.#room <= 0
  }

  removed(delta: Delta, index: number): void {
    this.#tell(delta, 'removed', () => activeFacts(delta.before, index))
  }

  /** @param old what it was before; left out: nothing */
  added(delta: Delta, index: number, old?: Target): void {
    const { after } = delta
    this.#tell(delta, old === undefined ? 'added' : 'changed', () => {
      const target = after?.state.active[index]
      const facts = activeFacts(after, index)
      return old && target ? { ...facts, before: otherLabels(old, target) } : facts
    })
  }

  /** @param old the active target that it was before */
  dropped(delta: Delta, at: number, old: Target | undefined): void {
    const { after } = delta
    this.#tell(delta, 'dropped', () => {
      if (after === undefined) return {}
      const facts = discoveredFacts(after, at)
      const rule = this.#ruleThatDrops(after.blueprint, facts.discoveredLabels)
      return { ...facts, ...(old && { before: old.labels() }), ...(rule && { rule }) }
    })
  }

  failed(delta: Delta, at: number, fault: string, old: Target | undefined): void {
    const { after } = delta
    this.#tell(delta, 'failed', () => {
      const facts = after && discoveredFacts(after, at)
      return { ...facts, ...(old && { before: old.labels() }), fault }
    })
  }

  /** So many targets of a group, none of them one by one. */
  count(key: string, kind: EventKind, more: number): void {
    if (more === 0) return
    const provider = providerOf(key)
    const cause = this.#options.causeOf(key)
    const name = `${kind} ${cause} ${provider}`
    const count = more + (this.#rest.get(name)?.count ?? 0)
    const { job_name: set } = this.#options.job
    this.#rest.set(name, { kind, manager: 'scrape', set, provider, cause, count })
  }

  /** Tells of the rest. */
  close(): void {
    for (const facts of this.#rest.values()) this.#options.log.add(facts)
    this.#rest.clear()
  }

  #tell({ key }: Delta, kind: EventKind, more: () => Partial<EventFacts>): void {
    if (this.isFull) {
      this.count(key, kind, 1)
      return
    }
    this.#room -= 1
    const { log, job, causeOf } = this.#options
    const [set, provider, cause] = [job.job_name, providerOf(key), causeOf(key)]
    log.add({ kind, manager: 'scrape', set, provider, cause, ...more() })
  }

  #ruleThatDrops(blueprint: Blueprint, labels: Labels): EventRule | undefined {
    const steps = blueprint.explain(labels)
    const index = steps.findIndex(({ keep }) => !keep)
    const action = steps[index]?.rule.action
    if (action === undefined) return undefined
    const place = this.#options.job.rule_places?.[index]
    return { number: index + 1, action, place: place && formatPlace(place) }
  }
}

/** `consul/0` of `consul/0/web`: the name of a provider has one slash. */
function providerOf(key: string): string {
  const end = key.indexOf('/', key.indexOf('/') + 1)
  return end < 0 ? key : key.slice(0, end)
}

function activeFacts(side: Side | undefined, index: number): Partial<EventFacts> {
  const target = side?.state.active[index]
  const at = side?.state.activeAt[index]
  if (side === undefined || target === undefined || at === undefined) return {}
  return { address: addressAt(side.state.group, at), labels: target.labels() }
}

/** The labels of a target that another one has not, or with other values: empty where it has none. */
function otherLabels(one: Target, other: Target): Labels {
  const names = new Set([...one.list.names, ...other.list.names])
  const different = [...names].filter((name) => one.value(name) !== other.value(name))
  return Object.fromEntries(different.map((name) => [name, one.value(name)]))
}

function discoveredFacts(
  side: Side,
  at: number,
): { readonly address: string; readonly discoveredLabels: Labels } {
  const { list, values } = side.blueprint.reader(side.state.group).discovered(at)
  const discoveredLabels = list.labels(values)
  return { address: addressAt(side.state.group, at), discoveredLabels }
}
