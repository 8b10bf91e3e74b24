import type { Config } from '../config/index.js'
import type { SetConfigs } from '../discovery/index.js'
import { setName } from '../notifier/index.js'
import type { Reloadable } from '../reload/index.js'

/** A part that reads one piece of the config, as a part that takes the whole. */
export function taking<P>(
  part: Reloadable<P>,
  piece: (config: Config) => P,
  name: string = part.name,
): Reloadable<Config> {
  return { name, prepare: (config) => part.prepare(piece(config)) }
}

/** One target set for each job. */
export function scrapeSets(config: Config): SetConfigs {
  return new Map(config.jobs.map((job) => [job.job_name, job.discovery]))
}

/** One target set for each section of Alertmanagers. */
export function notifySets(config: Config): SetConfigs {
  const { alertmanagers } = config.alerting
  return new Map(alertmanagers.map((section, i) => [setName(i), section.discovery]))
}
