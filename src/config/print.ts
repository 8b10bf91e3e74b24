import { dump, DUMP_SCHEMA, intCoreTag, type ScalarTagDefinition } from 'js-yaml'
import type { Plain } from '../yaml/index.js'
import type { Config } from './config.js'
import { type AlertmanagerConfig, alertingSection } from './sections/alerting.js'
import type { ScrapeConfig } from './sections/scrape-config.js'
import { scrapeSection } from './sections/scrape-section.js'
import { configFile } from './sections/config-file.js'
import { withDefaultRetention } from './sections/storage.js'

/** Whole numbers, those that no number holds included: such a modulus is a bigint. */
const wholeNumbers = DUMP_SCHEMA.tags
  .filter((tag): tag is ScalarTagDefinition => tag.tagName === intCoreTag.tagName)
  .map((tag) => ({
    ...tag,
    identify: (value: unknown) => typeof value === 'bigint' || tag.identify(value),
    represent: String,
  }))

const format = { lineWidth: -1, noRefs: true, schema: DUMP_SCHEMA.withTags(wholeNumbers) }

/**
 * The config as YAML, as Prometheus' `/api/v1/status/config` has it: defaults filled in, secrets and
 * the passwords of URLs masked, jobs of included files left out.
 */
export function printConfig(config: Config): string {
  // What to print of a discovery config is known to its own mechanism, so none need to be named here.
  const plain = configFile([]).encode({ ...config, storage: withDefaultRetention(config.storage) })
  return dump(plain, format)
}

/** One job as plain data, in the same way. */
export function plainJob(job: ScrapeConfig): Plain | undefined {
  return scrapeSection([]).encode(job)
}

/** One section of `alerting.alertmanagers` as plain data, in the same way. */
export function plainAlertmanager(section: AlertmanagerConfig): unknown {
  const alerting = { alert_relabel_configs: [], alertmanagers: [section] }
  const plain = alertingSection([]).encode(alerting) as {
    readonly alertmanagers?: readonly unknown[]
  }
  return plain.alertmanagers?.[0]
}

/** One job as YAML, in the same way; of an included file as well. */
export function printJob(job: ScrapeConfig): string {
  return dump(plainJob(job), format)
}
