import type { Config } from '../config/config.js'
import { ConfigIssues } from '../config/config-issues.js'
import { parseFile } from '../config/parse.js'
import { type ReadFile, readConfigFile } from '../config/read.js'
import { type Discovering, withDiscovery } from '../config/sections/discovery.js'
import { checkRules, relabelRules } from '../config/sections/relabel-rules.js'
import type { DiscoveryConfig, Mechanism, SetConfigs } from '../discovery/mechanism.js'
import { goQuote } from '../go/quote.js'
import { isLabelName, type RelabelRule } from '../relabel/index.js'
import type { Turns } from '../waiting/turns.js'
import {
  type ConfigIssue,
  field,
  type Fragment,
  fragment,
  list,
  map,
  Places,
  type ReadFragment,
  Secret,
  struct,
  type StructType,
  text,
  type Type,
  uint,
} from '../yaml/index.js'
import { type Chain, type ChainConfig, sourceSet } from './chain-config.js'
import { eachSection } from './chain-mechanism.js'
import { faultOfText, replaceLabels } from './template.js'

const defaultLimit = 50

interface SourceSection extends Discovering {
  readonly relabel_configs: readonly RelabelRule[]
}

/** An element of `chains` as it stands in the file. */
interface ChainSection {
  readonly name: string
  readonly job: string
  readonly from: SourceSection
  readonly limit: number
  readonly each: Fragment | undefined
  readonly labels: Readonly<Record<string, string>>
}

interface ChainsFile {
  readonly chains: readonly ChainSection[]
}

function chainsFile(mechanisms: readonly Mechanism[]): StructType<ChainsFile> {
  const rules = relabelRules('empty or null relabeling rule in chain')
  const from = withDiscovery('chains.From', { relabel_configs: field(rules) }, mechanisms)
  const chain = struct('chains.Chain', {
    name: field(text),
    job: field(text),
    from: field(from),
    limit: field(uint, defaultLimit),
    each: field(fragment),
    labels: field(map(text)),
  })
  return struct('chains.File', { chains: field(list(chain, 'empty or null chain')) })
}

export interface LoadChainsOptions {
  /** Every mechanism whose key may stand in the file. */
  readonly mechanisms: Iterable<Mechanism>
  readonly turns: Turns
  readonly readFile?: ReadFile
}

/**
 * Reads a chains file.
 * @param file as the user named it: relative paths in it start from its folder
 * @param config has the jobs that get the targets
 * @throws {ConfigError} with everything that is wrong, each with its place
 * @throws {ConfigReadError} when the file cannot be read
 */
export async function loadChains(
  file: string,
  config: Pick<Config, 'jobs'>,
  options: LoadChainsOptions,
): Promise<readonly Chain[]> {
  const { turns, readFile = readConfigFile } = options
  const mechanisms = [...options.mechanisms]
  const places = new Places()
  const decoded = await parseFile(file, chainsFile(mechanisms), places, { readFile, turns })
  const issues = new ConfigIssues(file, places)
  issues.addDecoded(decoded)
  const each = eachSection(mechanisms)
  const names = new Set<string>()
  const jobs = new Set(config.jobs.map(({ job_name }) => job_name))
  for (const section of decoded.value.chains) {
    checkNames(section, { names, jobs }, issues)
    checkSource(section, issues)
    checkTemplate(section, each, issues)
    checkLabels(section, issues)
  }
  issues.throwIfAny(() => `parsing chains file ${file}:`)
  return decoded.value.chains.map(chainOf)
}

/**
 * What chains add to the discovery of jobs: a set of its own for the source of each, and the chain itself to the set of
 * its job.
 * @param mechanism see `chainMechanism`
 */
export function chainSets(chains: readonly Chain[], mechanism: Mechanism<ChainConfig>): SetConfigs {
  const sets = new Map<string, DiscoveryConfig[]>()
  for (const { config, source } of chains) {
    sets.set(sourceSet(config.name), [...source])
    const ofJob = sets.get(config.job) ?? []
    ofJob.push({ mechanism: mechanism, config })
    sets.set(config.job, ofJob)
  }
  return sets
}

function chainOf({ name, job, from, limit, each, labels }: ChainSection): Chain {
  if (each === undefined) throw new Error('a chain without a template was taken')
  const { relabel_configs, discovery: source } = from
  const config = { name: nameOf({ name, job }), job, relabel_configs, limit, each, labels }
  return { config, source }
}

function nameOf({ name, job }: Pick<ChainSection, 'name' | 'job'>): string {
  return name === '' ? job : name
}

function checkNames(
  section: ChainSection,
  known: { readonly names: Set<string>; readonly jobs: ReadonlySet<string> },
  issues: ConfigIssues,
): void {
  const { job, limit } = section
  const isSound = issues.soundKeysOf(section)
  if (!isSound('job', 'name')) return
  if (job === '') issues.add(section, 'job', 'job is empty: name the job that gets the targets')
  else if (!known.jobs.has(job)) {
    issues.add(section, 'job', `no job of the config file is called ${goQuote(job)}`)
  }
  const name = nameOf(section)
  if (known.names.has(name)) {
    issues.add(
      section,
      section.name === '' ? 'job' : 'name',
      `two chains are called ${goQuote(name)}: give each a name of its own`,
    )
  }
  known.names.add(name)
  if (known.jobs.has(sourceSet(name))) {
    issues.add(
      section,
      'name',
      `a job is called ${goQuote(sourceSet(name))}, as the source of this chain is: give the chain another name`,
    )
  }
  if (limit < 1 && isSound('limit')) issues.add(section, 'limit', 'limit must be 1 or more')
}

function checkSource({ from }: ChainSection, issues: ConfigIssues): void {
  if (from.discovery.length === 0 && issues.isSound(from)) {
    issues.add(from, undefined, 'the source of a chain needs discovery, such as consul_sd_configs')
  }
  checkRules(from.relabel_configs, 'utf8', issues)
}

function checkLabels({ labels }: ChainSection, issues: ConfigIssues): void {
  for (const [name, value] of Object.entries(labels)) {
    if (!isLabelName(name, 'utf8'))
      issues.add(labels, name, `${goQuote(name)} is not a valid label name`)
    const fault = faultOfText(value)
    if (fault !== undefined) issues.add(labels, name, fault)
  }
}

/** Looks whether the template makes configs, before there are labels to fill in. */
function checkTemplate(section: ChainSection, type: Type<Discovering>, issues: ConfigIssues): void {
  const { each } = section
  if (each === undefined) {
    if (issues.soundKeysOf(section)('each')) {
      issues.add(
        section,
        'each',
        'a chain needs each: the discovery for every target of its source',
      )
    }
    return
  }
  const faults = new Map<string, string>()
  each.read(type, (written, { path }) => {
    const fault = faultOfPassword(written) ?? faultOfText(written)
    if (fault !== undefined) faults.set(path, fault)
    return written
  })
  const tried = faults.size > 0 ? each.read(type, asWritten) : tryOut(each, type)
  for (const issue of tried.issues) {
    const fault = faults.get(issue.path)
    faults.delete(issue.path)
    issues.addIssue(fault === undefined ? issue : { ...issue, message: fault })
  }
  const at = issues.placeOf(section, 'each')
  for (const [path, message] of faults) issues.addAt({ ...at, path }, message)
  if (tried.issues.length > 0 || faults.size > 0) return
  if (tried.value.discovery.length === 0) {
    issues.addAt(at, 'each needs discovery, such as http_sd_configs')
  }
  for (const { mechanism, config } of tried.value.discovery) {
    const key = secretIn(config)
    if (key === undefined) continue
    const path = `${at.path}.${mechanism.key}`
    issues.addAt(
      { ...at, path },
      `${key} is a secret: a chain takes those from files, such as ${key}_file`,
    )
  }
}

const asWritten = (written: string): string => written

function faultOfPassword(written: string): string | undefined {
  if (!/\/\/[^/?#\s:]*:[^/?#\s]*@/.test(written)) return undefined
  return 'a URL with a password: write basic_auth with a password_file'
}

/**
 * What may stand for a label that is not known yet. Which of them a key takes depends on what it is: a text is tried with one
 * after the other.
 */
const samples = ['1', '1m', 'http://127.0.0.1', '127.0.0.1:80', 'example']

/** Reads a template with samples for the labels; what is wrong then is wrong whatever the labels are. */
function tryOut(each: Fragment, type: Type<Discovering>): ReadFragment<Discovering> {
  const chosen = new Map<string, number>()
  for (;;) {
    const filled = new Set<string>()
    const decoded = each.read(type, (written, { path }) =>
      replaceLabels(written, () => {
        filled.add(path)
        return samples[chosen.get(path) ?? 0] ?? ''
      }),
    )
    const next = [...filled].filter((path) => {
      const isLast = (chosen.get(path) ?? 0) >= samples.length - 1
      return !isLast && decoded.issues.some((issue) => isAround(issue, path))
    })
    if (next.length === 0) return decoded
    for (const path of next) chosen.set(path, (chosen.get(path) ?? 0) + 1)
  }
}

function isAround(issue: ConfigIssue, path: string): boolean {
  return (
    path === issue.path || path.startsWith(`${issue.path}.`) || path.startsWith(`${issue.path}[`)
  )
}

/** The key of a secret that is written in a config. */
function secretIn(value: unknown, key = ''): string | undefined {
  if (value instanceof Secret) return value.isEmpty ? undefined : key
  if (typeof value !== 'object' || value === null) return undefined
  const isList = Array.isArray(value)
  for (const [name, inner] of Object.entries(value)) {
    const found = secretIn(inner, isList ? key : name)
    if (found !== undefined) return found
  }
  return undefined
}
