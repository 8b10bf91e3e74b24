import type { Labels } from '../../src/labels/index.js'
import {
  PatternError,
  Relabeler,
  type RelabelRule,
  relabelRule,
  relabelRuleSection,
  validateRule,
} from '../../src/relabel/index.js'
import type { ScrapeJob } from '../../src/scrape/index.js'
import { Random } from '../relabel/fuzz/random.js'
import { randomRule } from '../relabel/fuzz/rules.js'
import { names, values } from '../relabel/fuzz/words.js'

/** A group in a file of file_sd. */
export interface FileGroup {
  readonly targets: readonly string[]
  readonly labels: Labels
}

/** A random job and what is discovered for it. */
export interface FuzzJob {
  readonly job: ScrapeJob
  readonly groups: readonly FileGroup[]
}

const defaults = [
  'job',
  '__address__',
  '__scheme__',
  '__metrics_path__',
  '__param_a',
  '__meta_filepath',
]
const century = 100 * 365 * 86_400_000

/** The job of a seed; the same every time. */
export function fuzzJob(seed: number): FuzzJob {
  const random = new Random(seed)
  const job: ScrapeJob = {
    job_name: `seed ${String(seed)}`,
    scrape_interval: century,
    scrape_timeout: 10_000,
    metrics_path: random.pick(['/metrics', '/metrics', 'no slash', '/a?b']),
    scheme: random.pick(['http', 'http', 'https']),
    params: random.pick([{}, {}, { a: ['x', 'y'], target: ['é&='] }, { b: [] }]),
    relabel_configs: randomRules(random),
    target_limit: 0,
    keep_dropped_targets: 0,
    metric_name_validation_scheme: 'utf8',
  }
  return { job, groups: random.many(20, (i) => randomGroup(random, i)) }
}

function randomRules(random: Random): readonly RelabelRule[] {
  for (;;) {
    const rules = random.many(1 + random.below(5), () => randomRule(random))
    if (random.chance(0.3)) rules.splice(random.below(rules.length + 1), 0, collision(random))
    if (rules.every(isValid)) return rules
  }
}

/** A labelmap that puts labels of several sources in one place. */
function collision(random: Random): RelabelRule {
  const some = random.many(4, () => random.pick([...names, ...defaults]))
  return relabelRule({ action: 'labelmap', regex: some.join('|'), replacement: 'winner' })
}

function isValid(rule: RelabelRule): boolean {
  if (validateRule(rule, 'utf8') !== undefined) return false
  try {
    return new Relabeler([rule]).apply({}) !== null
  } catch (error) {
    if (error instanceof PatternError) return false
    throw error
  }
}

function randomGroup(random: Random, index: number): FileGroup {
  const address = (): string =>
    random.chance(0.9)
      ? `host-${String(index)}-${String(random.below(50))}:9100`
      : random.pick(['same:1', 'été:80', '[::1]:9', 'a b:1', 'bad/slash', '', 'K'])
  const labels = random.many(random.below(9), () => {
    const name = random.pick(names)
    return [name, name.startsWith('__scrape') ? '15s' : random.pick(values)] as const
  })
  return {
    targets: random.many(1 + random.below(3), address),
    labels: Object.fromEntries(labels.filter(([name]) => name !== '__address__')),
  }
}

/** The config of some jobs, each with a file of its own. YAML takes JSON as it is. */
export function fuzzFiles(jobs: readonly FuzzJob[]): Readonly<Record<string, string>> {
  const scrape_configs = jobs.map(({ job }, i) => ({
    job_name: job.job_name,
    scrape_interval: '100y',
    scrape_timeout: '10s',
    metrics_path: job.metrics_path,
    scheme: job.scheme,
    params: job.params,
    relabel_configs: job.relabel_configs.map((rule) => relabelRuleSection.encode(rule)),
    file_sd_configs: [{ files: [`${String(i)}.json`] }],
  }))
  return {
    'prometheus.yml': yamlJson({ scrape_configs }),
    ...Object.fromEntries(
      jobs.map(({ groups }, i) => [`${String(i)}.json`, JSON.stringify(groups)]),
    ),
  }
}

/** JSON that YAML reads the same way: numbers beyond 2^53 bare, odd characters escaped. */
function yamlJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'bigint' ? String(part) : part,
  )
    .replace(/"modulus":"([0-9]+)"/g, '"modulus":$1')
    .replace(/[\u007f-\u009f\u2028\u2029\ufeff]/g, (c) => {
      return `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`
    })
}
