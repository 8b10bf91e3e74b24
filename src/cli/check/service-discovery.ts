import { ConfigReadError, loadConfig, type ScrapeConfig } from '../../config/index.js'
import { readConfigInput } from '../../config/index.js'
import type { Mechanism, TargetGroup } from '../../discovery/index.js'
import { visibleLine } from '../../go/visible.js'
import type { Labels } from '../../labels/index.js'
import { JobJudge, type JudgedGroup } from '../../scrape/judgement.js'
import { errorText } from '../../telemetry/error-text.js'
import { ConfigError, formatPlace } from '../../yaml/index.js'
import { type Discovered, discoverOnce } from './discover-once.js'
import type { Output } from './output.js'

export interface CheckDiscoveryOptions {
  readonly mechanisms: Iterable<Mechanism>
  readonly env: Readonly<Record<string, string | undefined>>
  /** Milliseconds. */
  readonly timeoutMs: number
  /** Waits for as long as that, whatever is known before. */
  readonly waitsFull: boolean
  /** Says which rule dropped a target. */
  readonly explains: boolean
}

/** A target as it was discovered and what became of it, under promtool's keys. */
export type DiscoveryResult = {
  readonly discoveredLabels: Labels
  /** With those that begin with two underscores; none where there is no target. */
  readonly labels: Labels
  readonly error?: string
  /** The rule that dropped it. */
  readonly rule?: { readonly number: number; readonly action: string; readonly place?: string }
}

const good = 0
const failed = 1

/**
 * `muster check service-discovery`: discovers the targets of one job, and says as promtool does what the rules
 * make of them. It ends when every provider has answered.
 * @param say is given the results, to be printed as JSON
 * @returns the exit code
 */
export async function checkServiceDiscovery(
  file: string,
  jobName: string,
  options: CheckDiscoveryOptions,
  output: Output,
  say: (results: readonly DiscoveryResult[]) => void,
): Promise<number> {
  const { mechanisms, env, explains } = options
  let jobs: readonly ScrapeConfig[]
  try {
    ;({ jobs } = await loadConfig(file, { mechanisms, env, readFile: readConfigInput }))
  } catch (error) {
    if (!(error instanceof ConfigError || error instanceof ConfigReadError)) throw error
    const isIncluded = error instanceof ConfigError && error.issues[0]?.file !== file
    output.err(`Cannot load ${isIncluded ? 'scrape configs' : 'config'} ${error.message}`)
    return failed
  }
  const job = jobs.find(({ job_name: name }) => name === jobName)
  if (job === undefined) {
    const names = jobs.map(({ job_name: name }) => `\t${visibleLine(name)}`)
    const head = `Job ${visibleLine(jobName)} not found. Select one of:`
    output.err([head, ...names].join('\n'))
    return failed
  }
  let discovered: Discovered
  try {
    discovered = await discoverOnce(job.discovery, job.job_name, options)
  } catch (error) {
    output.err(`Could not create new discoverer ${visibleLine(errorText(error))}`)
    return failed
  }
  say(resultsOf(discovered.groups, job, explains))
  for (const { provider, reason = 'it said nothing' } of discovered.unanswered) {
    output.err(visibleLine(`${provider} did not answer in full: ${reason}`))
  }
  return discovered.unanswered.length === 0 || options.waitsFull ? good : failed
}

/** The results of groups: of one source without those that are equal, in an order that is the same each time. */
function resultsOf(
  groups: readonly TargetGroup[],
  job: ScrapeConfig,
  explains: boolean,
): readonly DiscoveryResult[] {
  const judge = new JobJudge(job)
  const bySource = new Map<string, Map<string, DiscoveryResult>>()
  for (const group of groups) {
    const known = bySource.get(group.source) ?? new Map<string, DiscoveryResult>()
    bySource.set(group.source, known)
    const judged = judge.group(group)
    for (let at = 0; at < judged.size; at += 1) {
      const result = resultOf(judged, at, explains)
      known.set(JSON.stringify(result), result)
    }
  }
  return [...bySource]
    .sort(([a], [b]) => compare(a, b))
    .flatMap(([, results]) => [...results].sort(([a], [b]) => compare(a, b)))
    .map(([, result]) => result)
}

function resultOf(judged: JudgedGroup, at: number, explains: boolean): DiscoveryResult {
  const discoveredLabels = sorted(judged.discovered(at))
  const verdict = judged.verdict(at)
  switch (verdict.kind) {
    case 'active': {
      const { list, values } = verdict.labels
      return { discoveredLabels, labels: sorted(list.labels(values)) }
    }
    case 'failed':
      return { discoveredLabels, labels: {}, error: verdict.fault }
    case 'heavy':
      return { discoveredLabels, labels: {}, error: 'the rules take too long' }
    case 'dropped': {
      const rule = explains ? judged.droppedBy(at) : undefined
      if (rule === undefined) return { discoveredLabels, labels: {} }
      const { number, place } = rule
      const where = place === undefined ? {} : { place: formatPlace(place) }
      return {
        discoveredLabels,
        labels: {},
        rule: { number, action: rule.rule.action, ...where },
      }
    }
  }
}

function sorted(labels: Labels): Labels {
  return Object.fromEntries(Object.entries(labels).sort(([a], [b]) => compare(a, b)))
}

function compare(a: string, b: string): number {
  return a < b ? -1 : Number(a > b)
}
