import { type SnapshotEvent, type SnapshotSection, snapshotSections } from '../snapshot/index.js'
import { type ConfigProvider, providersOf, staticGroups } from './config-providers.js'
import { nearestProvider } from './near.js'
import {
  planChange,
  type PlannedConfig,
  type PlanOptions,
  type ProviderGroups,
} from './plan-change.js'
import type { Plan, UnknownProvider } from './plan.js'

export interface SnapshotPlanOptions
  extends Pick<PlanOptions, 'turns' | 'jobs' | 'listed' | 'isMasked'> {
  readonly before: PlannedConfig
  readonly after: PlannedConfig
  /** What was found: a snapshot, read to its end before there is a plan. */
  readonly events: AsyncIterable<SnapshotEvent>
  /** What was found meanwhile by providers that the snapshot has not; left out: nothing. */
  readonly more?: readonly ProviderGroups[]
}

/**
 * Finds what a change does to the targets of a snapshot.
 * @throws {SnapshotError} when it cannot be used, {@link PatternError} when rules cannot be compiled
 */
export async function planFromSnapshot(options: SnapshotPlanOptions): Promise<Plan> {
  const { before, after, events, more = [], ...others } = options
  const old = providersOf(before)
  const now = providersOf(after)
  const known = new KnownSections(events, [...old.all, ...now.all], more)
  return await planChange({
    ...others,
    before: { config: before, providers: old.sets },
    after: { config: after, providers: now.sets },
    found: known.groups(),
    unknown: () => [...known.unknown(old.all, 'before'), ...known.unknown(now.all, 'after')],
  })
}

/** The providers of a config that a snapshot has nothing of: those have to be asked, or are unknown. */
export async function missingProviders(
  config: PlannedConfig,
  events: AsyncIterable<SnapshotEvent>,
): Promise<readonly ConfigProvider[]> {
  const { all } = providersOf(config)
  const found = new Set<string>()
  for await (const event of events) {
    if (event.kind !== 'section' || event.section.missing !== undefined) continue
    found.add(nameOf(event.section.manager, event.section.fingerprint))
  }
  return all.filter(
    ({ manager, key, source }) =>
      staticGroups(source) === undefined && !found.has(nameOf(manager, key)),
  )
}

function nameOf(manager: string, key: string): string {
  return `${manager} ${key}`
}

/** What a snapshot has of the providers of two configs. */
class KnownSections {
  readonly #events: AsyncIterable<SnapshotEvent>
  readonly #wanted: readonly ConfigProvider[]
  readonly #more: readonly ProviderGroups[]
  readonly #found = new Set<string>()
  readonly #ambiguous = new Set<string>()
  readonly #sections: SnapshotSection[] = []

  constructor(
    events: AsyncIterable<SnapshotEvent>,
    wanted: readonly ConfigProvider[],
    more: readonly ProviderGroups[],
  ) {
    this.#events = events
    this.#wanted = wanted
    this.#more = more
  }

  async *groups(): AsyncGenerator<ProviderGroups, void, undefined> {
    for (const { manager, key, source } of this.#wanted) {
      const name = nameOf(manager, key)
      const groups = staticGroups(source)
      if (groups === undefined || this.#found.has(name)) continue
      this.#found.add(name)
      yield { manager, key, groups }
    }
    for (const one of this.#more) {
      this.#found.add(nameOf(one.manager, one.key))
      yield one
    }
    for await (const { section, groups } of snapshotSections(this.#events)) {
      const { manager, fingerprint: key } = section
      if (this.#add(section)) yield { manager, key, groups }
    }
  }

  /** The providers of a config that nothing was found of. */
  unknown(
    providers: readonly ConfigProvider[],
    config: 'before' | 'after',
  ): readonly (UnknownProvider & { readonly key: string })[] {
    return providers.flatMap(({ manager, key, source, sets }) => {
      const name = nameOf(manager, key)
      if (this.#found.has(name) && !this.#ambiguous.has(name)) return []
      const { mechanism } = source
      const printed =
        mechanism.wholeList === true ? undefined : mechanism.section.encode(source.config)
      const others = this.#sections.filter((section) => section.manager === manager)
      const asked = others.find((section) => section.fingerprint === key)
      const near =
        asked === undefined ? nearestProvider(mechanism.name, printed, others) : undefined
      const why = this.#ambiguous.has(name)
        ? 'two providers of the snapshot differ in their secrets alone'
        : asked === undefined
          ? 'the snapshot does not have it'
          : `it was not recorded: ${asked.missing ?? ''}`
      const one = { config, manager, key, mechanism: mechanism.name, fingerprint: key, sets, why }
      return [{ ...one, ...(near && { near }) }]
    })
  }

  /** @returns whether its groups count */
  #add(section: SnapshotSection): boolean {
    const name = nameOf(section.manager, section.fingerprint)
    this.#sections.push(section)
    if (section.missing !== undefined) return false
    if (this.#found.has(name)) {
      const isKnownBetter =
        section.mechanism === 'static' ||
        this.#more.some(({ manager, key }) => nameOf(manager, key) === name)
      if (!isKnownBetter) this.#ambiguous.add(name)
      return false
    }
    this.#found.add(name)
    return true
  }
}
