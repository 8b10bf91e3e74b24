import type { Registry } from 'prom-client'
import { filter, firstValueFrom, interval, merge, race, startWith, timer } from 'rxjs'
import {
  DiscoveryManager,
  discoveryMetrics,
  type Logger,
  type SetConfigs,
  silentLogger,
  type TargetGroup,
  type Turns,
} from '../discovery/index.js'
import type { ProviderContent } from '../discovery/manager.js'
import type { SnapshotManager } from './format.js'

export interface AskOptions {
  /** What to ask: the sets of jobs and of Alertmanagers. */
  readonly sets: Readonly<Record<SnapshotManager, SetConfigs>>
  /** How long all of them may take; milliseconds. */
  readonly timeoutMs: number
  readonly registry: Registry
  readonly turns: Turns
  readonly logger?: Logger
}

/** What a provider said when it was asked once. */
export interface AskedProvider {
  readonly manager: SnapshotManager
  readonly provider: Pick<ProviderContent, 'name' | 'source' | 'sets'>
  readonly groups: readonly TargetGroup[]
  /** Why there is no answer, or no complete one; left out where there is one. */
  readonly trouble?: string
}

/** How often it is looked whether everything is there, besides after every change. */
const lookMs = 50

/**
 * Runs every provider of some sets until each of them has answered, or the time is up. One that fails is tried
 * again meanwhile, as in a daemon.
 */
export async function askProviders(options: AskOptions): Promise<readonly AskedProvider[]> {
  const { sets, timeoutMs, registry, turns, logger = silentLogger } = options
  const metrics = discoveryMetrics(registry)
  const managing = (name: SnapshotManager): DiscoveryManager => {
    const manager = new DiscoveryManager({ name, metrics, turns, logger })
    manager.prepare(sets[name]).commit()
    return manager
  }
  const managers = { scrape: managing('scrape'), notify: managing('notify') }
  const all = Object.values(managers)
  const running = all.map((manager) => manager.execute())
  const isOver = (): boolean =>
    all.every((manager) => manager.isSettled && manager.contents().every(hasAnswered))
  const over = merge(...all.map(({ statusChanges }) => statusChanges), interval(lookMs)).pipe(
    startWith(undefined),
    filter(isOver),
  )
  try {
    await firstValueFrom(race(over, timer(timeoutMs)))
    return (['scrape', 'notify'] as const).flatMap((manager) =>
      managers[manager].contents().map((content): AskedProvider => {
        const { name, source, sets: of, groups } = content
        const trouble = troubleOf(content, managers[manager].isSettled)
        const asked = {
          manager,
          provider: { name, source, sets: of },
          groups: [...groups.values()],
        }
        return trouble === undefined ? asked : { ...asked, trouble }
      }),
    )
  } finally {
    for (const manager of all) manager.interrupt()
    await Promise.all(running)
  }
}

function hasAnswered({ status }: ProviderContent): boolean {
  return status.state === 'running' && status.lastSuccess !== undefined
}

function troubleOf(content: ProviderContent, isSettled: boolean): string | undefined {
  const { status } = content
  if (hasAnswered(content)) return isSettled ? undefined : 'its answer was not complete in time'
  return status.lastError?.message ?? 'it did not answer in time'
}
