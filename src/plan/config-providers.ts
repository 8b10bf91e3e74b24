import { fingerprint } from '../discovery/provider/fingerprint.js'
import type { DiscoveryConfig, SetConfigs, TargetGroup } from '../discovery/index.js'
import type { GroupSection } from '../mechanisms/kit/group-section.js'
import { setName } from '../notifier/config.js'
import type { PlannedConfig } from './plan-change.js'

/** What each set of a config is found by: its jobs, and its sections of Alertmanagers. */
export function setConfigs({ jobs, alerting }: PlannedConfig): {
  readonly scrape: SetConfigs
  readonly notify: SetConfigs
} {
  return {
    scrape: new Map(jobs.map((job) => [job.job_name, job.discovery])),
    notify: new Map(alerting.alertmanagers.map(({ discovery }, i) => [setName(i), discovery])),
  }
}

/** A provider of a config, by what is the same of it in every run. */
export interface ConfigProvider {
  readonly manager: 'scrape' | 'notify'
  readonly key: string
  readonly source: DiscoveryConfig
  readonly sets: string[]
}

/** Every provider that a config would have, by its fingerprint. */
export function providersOf(config: PlannedConfig): {
  readonly all: readonly ConfigProvider[]
  readonly sets: {
    readonly scrape: ReadonlyMap<string, readonly string[]>
    readonly notify: ReadonlyMap<string, readonly string[]>
  }
} {
  const { scrape, notify } = setConfigs(config)
  const all = new Map<string, ConfigProvider>()
  const keysOf = (manager: 'scrape' | 'notify', sets: SetConfigs) =>
    new Map(
      Array.from(sets, ([set, sources]) => {
        const keys = sources.map((source) => {
          const key = fingerprint(source)
          const known = all.get(`${manager} ${key}`)
          if (known === undefined)
            all.set(`${manager} ${key}`, { manager, key, source, sets: [set] })
          else if (!known.sets.includes(set)) known.sets.push(set)
          return key
        })
        return [set, [...new Set(keys)]] as const
      }),
    )
  const sets = { scrape: keysOf('scrape', scrape), notify: keysOf('notify', notify) }
  return { all: [...all.values()], sets }
}

/** The groups of `static_configs`, which are in the config itself; undefined for other mechanisms. */
export function staticGroups({
  mechanism,
  config,
}: DiscoveryConfig): readonly TargetGroup[] | undefined {
  if (mechanism.name !== 'static') return undefined
  return (config as readonly GroupSection[]).map(({ targets, labels }, i) => ({
    source: String(i),
    labels,
    targets,
  }))
}
