import path from 'node:path'
import type { Mechanism } from '../discovery/mechanism.js'
import { goQuote } from '../go/quote.js'
import { type Logger, silentLogger } from '../telemetry/index.js'
import { ConfigError, type ConfigIssue, Places } from '../yaml/index.js'
import { checkAgentMode } from './agent.js'
import { checkAlerting } from './alerting.js'
import type { Config } from './config.js'
import { checkExternalLabels, expandExternalLabels } from './external-labels.js'
import { Findings } from './findings.js'
import { checkEscaping } from './global.js'
import { findIgnored } from './ignored.js'
import { includedJobs } from './include.js'
import { type JobNames, settleJobs } from './jobs.js'
import { checkOtlp } from './otlp.js'
import { parseFile } from './parse.js'
import { type ReadFile, readConfigFile } from './read.js'
import { checkRemotes } from './remotes.js'
import { configFile, type Sections } from './sections.js'

/** What loading needs beside the file. */
export interface LoadOptions {
  /** Every mechanism whose key may stand in the file. */
  readonly mechanisms: Iterable<Mechanism>
  /** The environment that `external_labels` may name; none by default. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Refuses what Prometheus' agent mode refuses. */
  readonly agent?: boolean
  /** Whether the files of `scrape_config_files` are read as well; true by default. */
  readonly include?: boolean
  readonly readFile?: ReadFile
  readonly logger?: Logger
}

/**
 * Loads and checks a config file, and those it includes.
 * @param file as the user named it: relative paths in it start from its folder
 * @throws {ConfigError} with everything that is wrong, each with its place
 * @throws {ConfigReadError} when the file cannot be read
 */
export async function loadConfig(file: string, options: LoadOptions): Promise<Config> {
  const { env = {}, readFile = readConfigFile, logger = silentLogger } = options
  const mechanisms = [...options.mechanisms]
  const places = new Places()
  const { value: main, issues } = await parseMain(file, mechanisms, places, readFile)
  const findings = new Findings(file, places, issues)
  const scheme = main.global.metric_name_validation_scheme || 'utf8'

  const names: JobNames = new Map()
  const settle = (sections: Sections['scrape_configs']): Config['jobs'] =>
    settleJobs(sections, main.global, names, file, findings)
  checkExternalLabels(main.global.external_labels, scheme, findings)
  if (main.scrape_configs.length > 0) checkEscaping(main.global, findings)
  const own = settle(main.scrape_configs)
  checkAlerting(main.alerting, scheme, findings)
  checkRemotes(main, scheme, findings)
  checkOtlp(main.otlp, scheme, findings)
  if (options.agent === true) checkAgentMode(main, findings)
  const included =
    options.include === false
      ? []
      : await includedJobs(main, mechanisms, places, findings, readFile)
  const others = included.flatMap(settle)

  findings.settle((first) => headingOf(file, first))
  const external_labels = expandExternalLabels(main.global.external_labels, env, (name) => {
    logger.warn('Empty environment variable', { name })
  })
  return {
    ...main,
    global: { ...main.global, external_labels },
    file,
    scrape_configs: own,
    jobs: [...own, ...others],
    ignored: findIgnored(main, places),
  }
}

async function parseMain(
  file: string,
  mechanisms: readonly Mechanism[],
  places: Places,
  readFile: ReadFile,
): Promise<{ readonly value: Sections; readonly issues: readonly ConfigIssue[] }> {
  try {
    return await parseFile(file, configFile(mechanisms), places, readFile)
  } catch (error) {
    const [first] = error instanceof ConfigError ? error.issues : []
    if (!(error instanceof ConfigError) || first === undefined) throw error
    throw new ConfigError(error.issues, { heading: headingOf(file, first) })
  }
}

const typeError =
  /^(?:cannot unmarshal |field .* (?:not found|already set) in type |key .* already set in map$)/

const notForAgents = / is not allowed in agent mode$/

/** What Prometheus would say, above the list of everything that is wrong. */
function headingOf(mainFile: string, first: ConfigIssue): string {
  const { file, message } = first
  const said = typeError.test(message) ? 'yaml: unmarshal errors:' : message
  if (file === mainFile && notForAgents.test(message)) return message
  return file === mainFile
    ? `parsing YAML file ${file}: ${said}`
    : `${goQuote(path.resolve(file))}: ${said}`
}
