import type { SetConfigs } from '../discovery/mechanism.js'
import type { Place, Places } from '../yaml/index.js'
import type { ScrapeConfig } from './sections/scrape-config.js'
import type { Sections } from './sections/config-file.js'

/**
 * A loaded config: Prometheus' keys, defaults filled in, durations in milliseconds, file names
 * resolved, secrets wrapped, jobs complete with what they inherit.
 */
export interface Config extends Omit<Sections, 'scrape_configs'> {
  /** The main file, as it was named. */
  readonly file: string
  /** The jobs of the main file: what `/api/v1/status/config` prints. */
  readonly scrape_configs: readonly ScrapeConfig[]
  /** Every job: those of the main file, then those of `scrape_config_files`. */
  readonly jobs: readonly ScrapeConfig[]
  /**
   * The place of each of `relabel_configs`, by section of `alerting.alertmanagers`. Not in the sections
   * themselves: two versions of one are the same wherever their rules stand.
   */
  readonly alertmanager_rule_places: readonly (readonly Place[])[]
  /**
   * Discovery that is in other files, by target set: more of it for a job, or a set that no job has, whose targets have
   * another use. It is no part of the config that is printed. Undefined where there is none.
   */
  readonly further?: SetConfigs
  /** The sections that are in the file and that muster does not act on. */
  readonly ignored: readonly string[]
}

/** The sections that are in a file and that muster, which only discovers, does not act on. */
export function ignoredSections(main: Sections, places: Places): readonly string[] {
  const present: readonly (readonly [name: string, given: boolean])[] = [
    ['rule_files', main.rule_files.length > 0],
    ['remote_write', main.remote_write.length > 0],
    ['remote_read', main.remote_read.length > 0],
    ['tracing', main.tracing.endpoint !== ''],
    ['storage', main.storage.tsdb !== undefined || main.storage.exemplars !== undefined],
    ['otlp', places.of(main.otlp) !== undefined],
    ['runtime', places.of(main.runtime) !== undefined],
  ]
  return present.filter(([, given]) => given).map(([name]) => name)
}
