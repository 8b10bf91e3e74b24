/** A number in [0, 1), the same ones for the same seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

type Rule = Readonly<Record<string, unknown>>

/** A job of the config that is changed. */
export interface RandomJob {
  name: string
  readonly service: string
  shard: number
  rules: Rule[]
  settings: Readonly<Record<string, unknown>>
}

/** A config of many jobs, of which some are changed at a time. */
export interface RandomConfig {
  readonly jobs: RandomJob[]
  alertmanagerRules: Rule[]
}

export const shards = 10

/** @param services of which each is found by as many jobs as there are shards */
export function firstConfig(services: readonly string[]): RandomConfig {
  const jobs = services.flatMap((service) =>
    Array.from({ length: shards }, (_, shard): RandomJob => {
      return { name: `${service}-${String(shard)}`, service, shard, rules: usual(), settings: {} }
    }),
  )
  return { jobs, alertmanagerRules: [] }
}

function usual(): Rule[] {
  return [
    { source_labels: ['__meta_consul_service'], target_label: 'service' },
    { source_labels: ['__meta_consul_service_metadata_env'], target_label: 'env' },
  ]
}

function ruleLines(rules: readonly Rule[]): readonly string[] {
  return rules.map((rule) => `  - ${JSON.stringify(rule)}`)
}

/** The config as a file. @param server the address of Consul */
export function configText({ jobs, alertmanagerRules }: RandomConfig, server: string): string {
  const found = (service: string): string =>
    `[{"server": "${server}", "services": ["${service}"], "refresh_interval": "1h"}]`
  const lines = ['scrape_configs:']
  for (const { name, service, shard, rules, settings } of jobs) {
    const keep = {
      source_labels: ['__meta_consul_service_metadata_shard'],
      regex: String(shard),
      action: 'keep',
    }
    lines.push(`- job_name: ${name}`, `  consul_sd_configs: ${found(service)}`)
    for (const [key, value] of Object.entries(settings)) {
      lines.push(`  ${key}: ${JSON.stringify(value)}`)
    }
    lines.push('  relabel_configs:', ...ruleLines([keep, ...rules]))
  }
  lines.push('alerting:', '  alertmanagers:', `  - consul_sd_configs: ${found('alertmanager')}`)
  if (alertmanagerRules.length > 0) {
    lines.push('    relabel_configs:', ...ruleLines(alertmanagerRules).map((line) => `  ${line}`))
  }
  return `${lines.join('\n')}\n`
}

/** Changes a few jobs, mostly their rules. */
export function changeConfig(config: RandomConfig, random: () => number): void {
  const below = (count: number): number => Math.floor(random() * count)
  const one = <T>(list: readonly T[]): T => {
    const picked = list[below(list.length)]
    if (picked === undefined) throw new Error('an empty list')
    return picked
  }
  const { jobs } = config
  for (let changes = 1 + below(5); changes > 0; changes -= 1) {
    const job = one(jobs)
    const kind = below(12)
    if (kind <= 2) job.rules.splice(below(job.rules.length + 1), 0, randomRule(one, below))
    else if (kind <= 4) job.rules.splice(below(job.rules.length + 1), 1)
    else if (kind === 5) job.rules = job.rules.toReversed()
    else if (kind === 6) job.rules = [...usual(), ...job.rules].slice(0, 6)
    else if (kind === 7) job.shard = below(shards)
    else if (kind === 8) job.settings = randomSettings(one, below)
    else if (kind === 9) job.name = `renamed-${String(below(1_000_000_000))}`
    else if (kind === 10 && jobs.filter(({ service }) => service === job.service).length > 3) {
      jobs.splice(jobs.indexOf(job), 1)
    } else if (kind === 10) jobs.push({ ...job, name: `new-${String(below(1_000_000_000))}` })
    else config.alertmanagerRules = one(alertmanagerRules)
  }
}

const shardOf = { source_labels: ['__meta_consul_service_metadata_shard'] }

/** There are three Alertmanagers, in shards of their own. */
const alertmanagerRules: readonly Rule[][] = [
  [],
  [{ ...shardOf, regex: '1', action: 'drop' }],
  [{ ...shardOf, regex: '[12]', action: 'keep' }],
  [{ ...shardOf, regex: '3', target_label: '__scheme__', replacement: 'https' }],
  [{ ...shardOf, regex: '2', target_label: '__alerts_path__', replacement: '/other' }],
]

type One = <T>(list: readonly T[]) => T
type Below = (count: number) => number

function randomRule(one: One, below: Below): Rule {
  const label = one(['env', 'service', 'host', 'team', 'instance', '__tmp_x'])
  const meta = one(['env', 'shard', 'team'])
  const source = one([`__meta_consul_service_metadata_${meta}`, '__address__', label])
  const some = one(['prod', 'test', '[0-4]', '.*', '.*[13579]', '10[.]0[.].*', String(below(10))])
  switch (below(11)) {
    case 0:
      return { source_labels: [source], regex: some, action: 'keep' }
    case 1:
    case 2:
      return { source_labels: [source], regex: some, action: 'drop' }
    case 3:
      return { target_label: label, replacement: one(['a', 'b', 'c']) }
    case 4:
      return { source_labels: [source], regex: '(.*)', target_label: label, replacement: 'x-$1' }
    case 5:
      return { regex: label, action: 'labeldrop' }
    case 6:
      return { regex: '__meta_consul_service_metadata_(.+)', action: 'labelmap' }
    case 7:
      return { source_labels: [source], modulus: 3, target_label: 'part', action: 'hashmod' }
    case 8:
      return {
        source_labels: [source],
        regex: some,
        target_label: '__metrics_path__',
        replacement: '/m',
      }
    case 9:
      return {
        source_labels: [source],
        regex: some,
        target_label: '__address__',
        replacement: 'no/host',
      }
    default:
      return {
        source_labels: [source],
        regex: some,
        target_label: '__param_module',
        replacement: 'm',
      }
  }
}

function randomSettings(one: One, below: Below): RandomJob['settings'] {
  return {
    ...(below(2) === 0 && { scrape_interval: one(['15s', '30s', '2m']) }),
    ...(below(2) === 0 && { metrics_path: one(['/metrics', '/probe']) }),
    ...(below(2) === 0 && { scheme: one(['http', 'https']) }),
    ...(below(2) === 0 && { params: { module: one([['a'], ['a', 'b'], ['a', 'c']]) } }),
    ...(below(3) === 0 && { sample_limit: below(100) }),
  }
}
