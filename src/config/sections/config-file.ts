import path from 'node:path'
import type { Mechanism } from '../../discovery/mechanism.js'
import { goQuote } from '../../go/quote.js'
import { field, int, list, struct, type StructType, textual, type Type } from '../../yaml/index.js'
import { type AlertingConfig, alertingSection } from './alerting.js'
import { type GlobalConfig, defaultGlobal, globalSection } from './global.js'
import { defaultOtlp, type OtlpConfig, otlpSection } from './otlp.js'
import { type RemoteReadConfig, remoteRead } from './remote-read.js'
import { type RemoteWriteConfig, remoteWrite } from './remote-write.js'
import { type ScrapeSection, scrapeSection } from './scrape-section.js'
import { type StorageConfig, storageSection } from './storage.js'
import { noTracing, type TracingConfig, tracingSection } from './tracing.js'

/** The `runtime` section; Node has no such setting. */
export interface RuntimeConfig {
  readonly gogc: number
}

/** A config file as it is read, before jobs inherit from `global`. */
export interface Sections {
  readonly global: GlobalConfig
  readonly runtime: RuntimeConfig
  readonly alerting: AlertingConfig
  readonly rule_files: readonly string[]
  readonly scrape_config_files: readonly string[]
  readonly scrape_configs: readonly ScrapeSection[]
  readonly storage: StorageConfig
  readonly tracing: TracingConfig
  readonly remote_write: readonly RemoteWriteConfig[]
  readonly remote_read: readonly RemoteReadConfig[]
  readonly otlp: OtlpConfig
}

const defaultGogc = 75
const runtime: StructType<RuntimeConfig> = struct('config.RuntimeConfig', { gogc: field(int) })

const emptyJob = 'empty or null scrape config section'

/** The type of a whole config file, its sections in printing order. */
export function configFile(mechanisms: readonly Mechanism[]): StructType<Sections> {
  const alerting = alertingSection(mechanisms)
  return struct('config.plain', {
    global: field(globalSection, defaultGlobal(), { always: true }),
    runtime: field(runtime, { gogc: defaultGogc }),
    alerting: field(alerting),
    rule_files: field(list(pathPattern('rule file'))),
    scrape_config_files: field(list(pathPattern('scrape config file'))),
    scrape_configs: field(list(scrapeSection(mechanisms), emptyJob)),
    storage: field(storageSection),
    tracing: field(tracingSection, noTracing()),
    remote_write: field(list(remoteWrite, 'empty or null remote write config section')),
    remote_read: field(list(remoteRead, 'empty or null remote read config section')),
    otlp: field(otlpSection, defaultOtlp()),
  })
}

/** The type of a file that `scrape_config_files` names. */
export function scrapeConfigFile(
  mechanisms: readonly Mechanism[],
): StructType<{ readonly scrape_configs: readonly ScrapeSection[] }> {
  return struct('config.ScrapeConfigs', {
    scrape_configs: field(list(scrapeSection(mechanisms), emptyJob)),
  })
}

const oneStarAtTheEnd = /^[^*]*(?:\*[^/]*)?$/

/**
 * A file name that may have a `*` in its last part, relative ones from the folder of the config file.
 * @param what names the list in the error text: `rule file`
 */
function pathPattern(what: string): Type<string> {
  return textual(
    'string',
    () => '',
    (written, at) => {
      if (!oneStarAtTheEnd.test(written))
        throw new Error(`invalid ${what} path ${goQuote(written)}`)
      return written === '' || path.isAbsolute(written) ? written : path.join(at.directory, written)
    },
    (value) => value,
  )
}
