import type { ScrapeConfig } from './scrape-config.js'
import type { Sections } from './sections.js'

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
  /** The sections that stand in the file and that muster does not act on. */
  readonly ignored: readonly string[]
}
