import {
  type Config,
  ConfigReadError,
  loadConfig,
  type LoadOptions,
  readConfigInput,
  type ScrapeConfig,
} from '../../config/index.js'
import type { HttpClientConfig } from '../../http/index.js'
import { type Chain, loadChains } from '../../chains/index.js'
import { loadAllocatorConfig } from '../../allocation/config.js'
import { goQuote } from '../../go/quote.js'
import { visibleLine } from '../../go/visible.js'
import { CompiledRules } from '../../relabel/index.js'
import { Turns } from '../../waiting/turns.js'
import { ConfigError } from '../../yaml/index.js'
import { textReport } from '../lint/formats/text.js'
import { lint } from '../lint/lint.js'
import { faultsOfClient, faultsOfTls } from './clients.js'
import { checkDiscovery, whyNothing } from './discovery.js'
import { type Lint, tooLongIntervals } from './lint.js'
import type { Output } from './output.js'
import { checkRuleFiles, findRuleFiles } from './rule-files.js'
import { alertmanagerChecker, jobChecker } from './target-groups.js'
import { checkExitCode, type Verdict, verdict } from './verdict.js'

export interface CheckConfigOptions extends Pick<LoadOptions, 'mechanisms' | 'env' | 'agent'> {
  /** The file of `--discovery.chains.file`. */
  readonly chainsFile?: string | undefined
  /** Looks at nothing but the config files themselves. */
  readonly syntaxOnly: boolean
  readonly lint: Lint
  /** Findings of the linter make the exit code 3. */
  readonly lintIsFatal: boolean
  /** Takes rule files that have keys Prometheus does not know. */
  readonly ignoreUnknownFields: boolean
  /** Scrape intervals from here on are too long, in milliseconds. */
  readonly lookbackMs: number
  /** A file of `--allocator.config.file`, to be checked beside them; left out: none. */
  readonly allocatorFile?: string | undefined
}

/** What a config file is made of that is checked after it. */
interface Checked {
  readonly faults: readonly string[]
  readonly warnings: readonly string[]
  readonly ruleFiles: readonly string[]
  readonly jobs: readonly ScrapeConfig[]
  /** The number of chains; undefined where there is no file of them. */
  readonly chains: number | undefined
}

/**
 * `muster check config`: loads each file, builds the targets that need no server, and looks whether
 * the files they name are there; says what it found as promtool does.
 * @returns the exit code
 */
export async function checkConfigs(
  files: readonly string[],
  options: CheckConfigOptions,
  output: Output,
): Promise<number> {
  let result: Verdict = verdict.good
  for (const file of files) {
    output.out(`Checking ${file}`)
    const { faults, warnings, ruleFiles, jobs, chains } = await checkFile(file, options)
    for (const warning of warnings) output.out(`  WARNING: ${warning}`)
    for (const fault of faults) output.err(`  FAILED: ${fault}`)
    if (faults.length === 0) {
      if (ruleFiles.length > 0) {
        output.out(`  SUCCESS: ${String(ruleFiles.length)} rule files found`)
      }
      output.out(` SUCCESS: ${file} is valid prometheus config file syntax`)
      if (chains !== undefined) {
        const count = `${String(chains)} ${chains === 1 ? 'chain' : 'chains'}`
        output.out(` SUCCESS: ${options.chainsFile ?? ''} has ${count} for its jobs`)
      }
    } else result = verdict.bad
    output.out('')
    if (options.syntaxOnly || faults.length > 0) continue
    result = verdict.worse(result, lintJobs(jobs, options, output))
    result = verdict.worse(result, await lintRelabelling(file, options, output))
    result = verdict.worse(result, await checkRuleFiles(ruleFiles, options, output))
  }
  if (options.allocatorFile !== undefined) {
    result = verdict.worse(result, await checkAllocator(options.allocatorFile, options, output))
  }
  return checkExitCode(result, options.lintIsFatal)
}

async function checkAllocator(
  file: string,
  options: CheckConfigOptions,
  output: Output,
): Promise<Verdict> {
  output.out(`Checking ${file}`)
  const fault = await faultOfAllocator(file, options)
  if (fault === undefined) output.out(` SUCCESS: ${file} is valid allocator config file syntax`)
  else output.err(`  FAILED: ${fault}`)
  output.out('')
  return fault === undefined ? verdict.good : verdict.bad
}

/** What is wrong with a file of the allocator; undefined where nothing is. */
async function faultOfAllocator(
  file: string,
  { mechanisms }: CheckConfigOptions,
): Promise<string | undefined> {
  try {
    await loadAllocatorConfig(file, { mechanisms, readFile: readConfigInput })
    return undefined
  } catch (error) {
    // A config error is several lines, each made visible already.
    if (error instanceof ConfigError) return error.message
    if (error instanceof ConfigReadError) return visibleLine(error.message)
    throw error
  }
}

function lintJobs(
  jobs: readonly ScrapeConfig[],
  { lint, lookbackMs }: CheckConfigOptions,
  output: Output,
): Verdict {
  const long = lint.tooLongScrapeInterval ? tooLongIntervals(jobs, lookbackMs) : []
  for (const finding of long) output.err(`  FAILED: ${finding}`)
  return long.length > 0 ? verdict.linted : verdict.good
}

/** What `muster lint` finds, as promtool says what its linter finds. */
async function lintRelabelling(
  file: string,
  options: CheckConfigOptions,
  output: Output,
): Promise<Verdict> {
  const { codes } = options.lint
  // A pipe cannot be read once more.
  if (codes.size === 0 || file.startsWith('/dev/')) return verdict.good
  const { findings } = await lint([file], { ...options, codes })
  const warnings = findings.filter(({ level }) => level === 'warning')
  for (const line of textReport({ findings })) output.err(`  FAILED: ${line}`)
  return warnings.length > 0 ? verdict.linted : verdict.good
}

async function checkFile(file: string, options: CheckConfigOptions): Promise<Checked> {
  try {
    const config = await loadConfig(file, {
      ...options,
      include: !options.syntaxOnly,
      readFile: readConfigInput,
    })
    const rules = options.syntaxOnly ? { files: [], faults: [] } : await findRuleFiles(config)
    const chains = await checkChains(config, options)
    const chained = new Set(chains?.map(({ config: { job } }) => job))
    const { faults, warnings } = await checkSections(config, options.syntaxOnly, chained)
    return {
      faults: [...rules.faults, ...faults],
      warnings,
      ruleFiles: rules.files,
      jobs: config.jobs,
      chains: chains?.length,
    }
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof ConfigReadError)) throw error
    const first = error instanceof ConfigError ? error.issues[0]?.file : undefined
    const included = first !== undefined && first !== file && first !== options.chainsFile
    // A config error is several lines, each made visible already.
    const message = error instanceof ConfigError ? error.message : visibleLine(error.message)
    const fault = included ? `error loading scrape configs: ${message}` : message
    return { faults: [fault], warnings: [], ruleFiles: [], jobs: [], chains: undefined }
  }
}

async function checkChains(
  config: Config,
  { chainsFile, mechanisms }: CheckConfigOptions,
): Promise<readonly Chain[] | undefined> {
  if (chainsFile === undefined) return undefined
  const readFile = readConfigInput
  return loadChains(chainsFile, config, { mechanisms, turns: new Turns(), readFile })
}

/** @param chained the jobs that get targets from a chain */
async function checkSections(
  config: Config,
  syntaxOnly: boolean,
  chained: ReadonlySet<string>,
): Promise<{ readonly faults: readonly string[]; readonly warnings: readonly string[] }> {
  const faults: string[] = []
  const warnings: string[] = []
  const rules = new CompiledRules()
  for (const job of config.jobs) {
    faults.push(...(await faultsOfClient(job.http, syntaxOnly)))
    for (const { mechanism, config: section } of job.discovery) {
      // Of the mechanisms' own clients promtool looks at this one alone.
      if (mechanism.name !== 'kubernetes') continue
      const { http } = section as { readonly http: HttpClientConfig }
      faults.push(...(await faultsOfTls(http.tls_config, syntaxOnly)))
    }
    const owner = `scrape job ${goQuote(job.job_name)}`
    const found = await checkDiscovery(job.discovery, jobChecker(job, rules), owner, syntaxOnly)
    faults.push(...found.faults)
    warnings.push(...found.warnings)
    const nothing = whyNothing(job.discovery, found, syntaxOnly)
    if (chained.has(job.job_name)) continue
    if (nothing !== undefined && found.warnings.length === 0 && found.faults.length === 0) {
      warnings.push(`${owner} will find no targets: ${nothing}`)
    }
  }
  const scheme = config.global.metric_name_validation_scheme || 'utf8'
  for (const section of config.alerting.alertmanagers) {
    const check = alertmanagerChecker(section, scheme)
    const found = await checkDiscovery(section.discovery, check, 'alertmanager config', syntaxOnly)
    faults.push(...found.faults)
    warnings.push(...found.warnings)
  }
  return { faults, warnings }
}
