import { dump } from 'js-yaml'
import type { Config } from './config.js'
import type { ScrapeConfig } from './scrape-config.js'
import { scrapeSection } from './scrape-section.js'
import { configFile } from './sections.js'
import { withDefaultRetention } from './storage.js'

/**
 * The config as YAML, as Prometheus' `/api/v1/status/config` has it: defaults filled in, secrets and
 * the passwords of URLs masked, jobs of included files left out.
 */
export function printConfig(config: Config): string {
  // What to print of a discovery config is known to its own mechanism, so none need to be named here.
  const plain = configFile([]).encode({ ...config, storage: withDefaultRetention(config.storage) })
  return write(plain)
}

/** One job as YAML, complete with what it inherits. */
export function printJob(job: ScrapeConfig): string {
  return write(scrapeSection([]).encode(job))
}

function write(plain: unknown): string {
  return dump(plain, { lineWidth: -1, noRefs: true, flowLevel: -1 })
}
