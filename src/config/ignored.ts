import type { Config } from './config.js'

/** The sections that stand in a config and that muster, which only discovers, does not act on. */
export function ignoredSections(config: Config): readonly string[] {
  const present: readonly (readonly [name: string, given: boolean])[] = [
    ['rule_files', config.rule_files.length > 0],
    ['remote_write', config.remote_write.length > 0],
    ['remote_read', config.remote_read.length > 0],
    ['tracing', config.tracing.endpoint !== ''],
    ['storage', config.storage.tsdb !== undefined || config.storage.exemplars !== undefined],
    ['otlp', config.places.of(config.otlp) !== undefined],
    ['runtime', config.places.of(config.runtime) !== undefined],
  ]
  return present.filter(([, given]) => given).map(([name]) => name)
}
