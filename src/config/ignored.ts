import type { Places } from '../yaml/index.js'
import type { Config } from './config.js'
import type { Sections } from './sections.js'

/** The sections that stand in a file and that muster, which only discovers, does not act on. */
export function findIgnored(main: Sections, places: Places): readonly string[] {
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

/** The same of a loaded config, for the log. */
export function ignoredSections(config: Config): readonly string[] {
  return config.ignored
}
