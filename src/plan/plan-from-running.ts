import { planProviders } from '../discovery/plan.js'
import type { DiscoveryConfig } from '../discovery/index.js'
import { fingerprint } from '../discovery/provider/fingerprint.js'
import type { ProviderContent } from '../discovery/manager.js'
import { maxWork, RelabelThread } from '../relabel/index.js'
import { setConfigs, staticGroups } from './config-providers.js'
import { nearestProvider, type PrintedProvider } from './near.js'
import {
  planChange,
  type PlannedConfig,
  type PlanOptions,
  type ProviderGroups,
} from './plan-change.js'
import type { Plan, UnknownProvider } from './plan.js'

export interface RunningPlanOptions extends Pick<PlanOptions, 'turns' | 'listed'> {
  /** The config in force. */
  readonly before: PlannedConfig
  readonly after: PlannedConfig
  /** The providers that run, and what they have found. */
  readonly running: Readonly<Record<'scrape' | 'notify', readonly ProviderContent[]>>
  /** Milliseconds. */
  readonly now?: () => number
}

/** A provider that runs, or that a new config would start. */
interface Planned {
  readonly name: string
  readonly source: DiscoveryConfig
  readonly content: ProviderContent | undefined
}

type Unknown = UnknownProvider & { readonly key: string }

/**
 * Finds what a change would do to a running daemon. Providers are told apart as a reload does it: one whose
 * config stays runs on with its groups, and what a new one finds is not known before it was asked. Nothing
 * that runs is touched.
 * @throws {PatternError} when the rules of a job cannot be compiled
 */
export async function planFromRunning(options: RunningPlanOptions): Promise<Plan> {
  const { before, after, running, now = () => performance.now(), ...others } = options
  const [old, next] = [setConfigs(before), setConfigs(after)]
  const found: ProviderGroups[] = []
  const unknown: Unknown[] = []
  const sides = { scrape: emptySides(), notify: emptySides() }
  for (const manager of ['scrape', 'notify'] as const) {
    const contents = running[manager]
    const planned = contents.map(
      (content): Planned => ({ name: content.name, source: content.source, content }),
    )
    let made = 0
    const create = (source: DiscoveryConfig): Planned => ({
      name: `new/${String(made++)}`,
      source,
      content: undefined,
    })
    const printed = printedOf(contents)
    const taken = new Set<Planned>()
    const was = planProviders(old[manager], planned, create)
    const known = new Set([...planned, ...[...was.values()].flat()])
    const is = planProviders(next[manager], known, create)
    sides[manager] = { before: namesOf(was), after: namesOf(is) }
    for (const [config, plan] of [
      ['before', was],
      ['after', is],
    ] as const) {
      for (const one of new Set([...plan.values()].flat())) {
        if (taken.has(one)) continue
        const groups = staticGroups(one.source) ?? groupsOf(one.content)
        if (groups === undefined) {
          const sets = [...plan].filter(([, all]) => all.includes(one)).map(([set]) => set)
          unknown.push(unknownOf(one, manager, config, sets, printed()))
        } else {
          taken.add(one)
          found.push({ manager, key: one.name, groups })
        }
      }
    }
  }
  // Started where a target needs it, as the pools do it.
  const thread = new RelabelThread()
  try {
    return await planChange({
      ...others,
      before: {
        config: before,
        providers: { scrape: sides.scrape.before, notify: sides.notify.before },
      },
      after: {
        config: after,
        providers: { scrape: sides.scrape.after, notify: sides.notify.after },
      },
      found,
      unknown: () => unknown,
      limit: { steps: maxWork, beside: { thread, now } },
    })
  } finally {
    thread.close()
  }
}

function emptySides(): {
  before: ReadonlyMap<string, string[]>
  after: ReadonlyMap<string, string[]>
} {
  return { before: new Map(), after: new Map() }
}

function namesOf(plan: ReadonlyMap<string, readonly Planned[]>): ReadonlyMap<string, string[]> {
  return new Map(Array.from(plan, ([set, all]) => [set, all.map(({ name }) => name)]))
}

/** The groups there are when they are asked for; a group itself never changes. */
function groupsOf(content: ProviderContent | undefined): ProviderGroups['groups'] | undefined {
  if (content === undefined || !hasAnswered(content)) return undefined
  return {
    *[Symbol.iterator]() {
      const now = Array.from(content.groups.values())
      yield* now
    },
  }
}

function hasAnswered({ status, groups }: ProviderContent): boolean {
  return status.lastSuccess !== undefined || groups.size > 0
}

/** The configs of providers as printed, once one is asked for. */
function printedOf(contents: readonly ProviderContent[]): () => readonly PrintedProvider[] {
  let printed: readonly PrintedProvider[] | undefined
  return () => {
    printed ??= contents
      .filter(({ source }) => source.mechanism.wholeList !== true)
      .map(({ source: { mechanism, config }, sets }) => {
        return { mechanism: mechanism.name, sets, config: mechanism.section.encode(config) }
      })
    return printed
  }
}

function unknownOf(
  { name, source, content }: Planned,
  manager: 'scrape' | 'notify',
  config: 'before' | 'after',
  sets: readonly string[],
  others: readonly PrintedProvider[],
): Unknown {
  const { mechanism } = source
  const printed = mechanism.wholeList === true ? undefined : mechanism.section.encode(source.config)
  const near = content === undefined ? nearestProvider(mechanism.name, printed, others) : undefined
  return {
    config,
    manager,
    key: name,
    mechanism: mechanism.name,
    fingerprint: fingerprint(source),
    sets,
    why: content === undefined ? 'it does not run yet' : 'it has not answered yet',
    ...(near && { near }),
  }
}
