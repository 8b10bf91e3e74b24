import path from 'node:path'
import type { Mechanism } from '../discovery/mechanism.js'
import { goQuote } from '../go/quote.js'
import { type Logger, silentLogger } from '../telemetry/index.js'
import { inTurns, Turns } from '../waiting/turns.js'
import { ConfigError, type ConfigIssue, type Decoded, Places } from '../yaml/index.js'
import { checkAlerting } from './sections/alerting.js'
import { type Config, ignoredSections } from './config.js'
import { checkExternalLabels, expandExternalLabels } from './sections/external-labels.js'
import { ConfigIssues } from './config-issues.js'
import { checkEscaping } from './sections/global.js'
import { includedJobs } from './include.js'
import { completingJobs, type JobNames } from './jobs.js'
import { checkOtlp } from './sections/otlp.js'
import { parseFile } from './parse.js'
import { type ReadFile, readConfigFile } from './read.js'
import { checkRemotes } from './sections/remotes.js'
import { configFile, type Sections } from './sections/config-file.js'

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
  /** Share the event loop with the process: a config may have a hundred thousand jobs. */
  readonly turns?: Turns
  readonly logger?: Logger
  /** Is told where everything stands, for checks of one's own; it then holds the trees of the files. */
  readonly places?: Places
}

/**
 * Loads and checks a config file, and those it includes.
 * @param file as the user named it: relative paths in it start from its folder
 * @throws {ConfigError} with everything that is wrong, each with its place
 * @throws {ConfigReadError} when the file cannot be read
 */
export async function loadConfig(file: string, options: LoadOptions): Promise<Config> {
  const { env = {}, logger = silentLogger, turns = new Turns() } = options
  const reading = { readFile: options.readFile ?? readConfigFile, turns }
  const mechanisms = [...options.mechanisms]
  const { places = new Places() } = options
  const decoded = await parseMain(file, mechanisms, places, reading)
  const { value: main } = decoded
  const issues = new ConfigIssues(file, places)
  issues.addDecoded(decoded)
  const scheme = main.global.metric_name_validation_scheme || 'utf8'

  const names: JobNames = new Map()
  const settle = async (sections: Sections['scrape_configs']): Promise<Config['jobs']> => {
    const jobs = await inTurns(completingJobs(sections, main.global, names, file, issues), turns)
    if (options.places === undefined) return jobs
    for (const [i, job] of jobs.entries()) places.rememberCopy(job, sections[i] ?? {})
    return jobs
  }
  checkExternalLabels(main.global.external_labels, scheme, issues)
  if (main.scrape_configs.length > 0) checkEscaping(main.global, issues)
  const own = await settle(main.scrape_configs)
  checkAlerting(main.alerting, scheme, issues)
  checkRemotes(main, scheme, issues)
  checkOtlp(main.otlp, scheme, issues)
  if (options.agent === true) checkAgentMode(main, issues)
  const included =
    options.include === false ? [] : await includedJobs(main, mechanisms, places, issues, reading)
  const others: Config['jobs'][] = []
  for (const sections of included) others.push(await settle(sections))

  issues.throwIfAny((first) => headingOf(file, first))
  const external_labels = expandExternalLabels(main.global.external_labels, env, (name) => {
    logger.warn('Empty environment variable', { name })
  })
  return {
    ...main,
    global: { ...main.global, external_labels },
    file,
    scrape_configs: own,
    jobs: [...own, ...others.flat()],
    alertmanager_rule_places: main.alerting.alertmanagers.map(({ relabel_configs: rules }) =>
      rules.map((rule) => issues.placeOf(rule)),
    ),
    ignored: ignoredSections(main, places),
  }
}

async function parseMain(
  file: string,
  mechanisms: readonly Mechanism[],
  places: Places,
  reading: { readonly readFile: ReadFile; readonly turns: Turns },
): Promise<Decoded<Sections>> {
  try {
    return await parseFile(file, configFile(mechanisms), places, reading)
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

/** Refuses the sections that Prometheus' agent mode does not have. */
function checkAgentMode(main: Sections, issues: ConfigIssues): void {
  const { alertmanagers, alert_relabel_configs } = main.alerting
  const refuse = (key: keyof Sections, present: boolean): void => {
    if (present) issues.add(main, key, `field ${key} is not allowed in agent mode`)
  }
  refuse('alerting', alertmanagers.length > 0 || alert_relabel_configs.length > 0)
  refuse('rule_files', main.rule_files.length > 0)
  refuse('remote_read', main.remote_read.length > 0)
}
