import type { Labels } from '../../src/labels/index.js'
import { toLower, toUpper } from '../../src/go/case.js'
import { compareNames, NameList } from '../../src/relabel/index.js'
import { Random } from '../relabel/fuzz/random.js'
import { type Order, relabelSimply } from '../relabel/fuzz/reference.js'
import { CompiledJob } from '../../src/scrape/targets/compiled-job.js'
import type { TargetGroup } from '../../src/discovery/groups/target-group.js'
import type { FileGroup, FuzzJob } from './fuzz-jobs.js'
import type { Shown, ShownTarget } from '../helpers/real-prometheus.js'

const casing = (action: string, text: string): string =>
  action === 'lowercase' ? toLower(text) : toUpper(text)
const text = (labels: Labels | ReadonlyMap<string, string>): string =>
  JSON.stringify(
    (labels instanceof Map ? [...labels] : Object.entries(labels)).sort(([a], [b]) =>
      compareNames(a, b),
    ),
  )

/**
 * The discovered label sets on which the rules give different results in different label orders: where a
 * labelmap has two labels of one source for one name, Prometheus takes the one its map happens to give last.
 */
export function undecided(one: FuzzJob, fileOf: string): ReadonlySet<string> {
  const random = new Random(1)
  const orders: Order[] = [
    (names) => names.toSorted(compareNames),
    (names) => names.toSorted((a, b) => compareNames(b, a)),
    ...random.many(6, (): Order => (names) => random.shuffled(names)),
  ]
  const found = new Set<string>()
  for (const sources of startsOf(one, fileOf)) {
    const results = orders.map((order) => {
      const out = relabelSimply({ sources }, one.job.relabel_configs, order, casing)
      return out && text(out)
    })
    const discovered = relabelSimply({ sources }, [], (names) => names, casing)
    if (new Set(results).size > 1 && discovered !== undefined) found.add(text(discovered))
  }
  return found
}

/** The labels of every target before the rules, by source: its own, its group's, the job's one by one, and params. */
function startsOf(
  { job, groups }: FuzzJob,
  fileOf: string,
): readonly (readonly ReadonlyMap<string, string>[])[] {
  const defaults: readonly (readonly [string, string])[] = [
    ['job', job.job_name],
    ['__scrape_interval__', '100y'],
    ['__scrape_timeout__', '10s'],
    ['__metrics_path__', job.metrics_path],
    ['__scheme__', job.scheme],
  ]
  const params = Object.entries(job.params).map(
    ([name, [value = '']]) => [`__param_${name}`, value] as const,
  )
  return targetGroups(groups, fileOf).flatMap((group) =>
    group.targets.map((target) => {
      const own = new Map(Object.entries(target))
      const shared = new Map(Object.entries(group.labels).filter(([name]) => !own.has(name)))
      const isFree = (name: string): boolean => (own.get(name) ?? shared.get(name) ?? '') === ''
      const free = defaults.filter(([name]) => isFree(name)).map((entry) => new Map([entry]))
      return [own, shared, ...free, new Map(params.filter(([name]) => isFree(name)))]
    }),
  )
}

/** One line for each target, in order; equal for equal answers. */
export function lines(shown: Shown, pool: string, leaveOut: ReadonlySet<string>): string[] {
  const of = (kind: string, targets: readonly ShownTarget[]): string[] =>
    targets
      .filter(
        (target) => target.scrapePool === pool && !leaveOut.has(text(target.discoveredLabels)),
      )
      .map((target) =>
        [
          kind,
          text(target.discoveredLabels),
          target.labels && text(target.labels),
          target.scrapeUrl,
          target.scrapeInterval,
          target.scrapeTimeout,
        ].join(' '),
      )
  return [...of('active', shown.activeTargets), ...of('dropped', shown.droppedTargets)].sort()
}

/**
 * The discovered label sets that share their final labels with another: only one of them is shown,
 * and which one is chance.
 */
export function colliding({ job, groups }: FuzzJob, fileOf: string): ReadonlySet<string> {
  const byFinal = new Map<string, Set<string>>()
  const compiled = new CompiledJob(job)
  for (const group of targetGroups(groups, fileOf)) {
    const labels = compiled.labelsOf(group)
    for (const at of group.targets.keys()) {
      const { list, values } = labels.discovered(at) ?? { list: new NameList([]), values: [] }
      const discovered = text(list.labels(values))
      const result = labels.relabeled(at)
      if (result.kind !== 'active') continue
      const final = text(result.labels.list.labels(result.labels.values))
      byFinal.set(final, (byFinal.get(final) ?? new Set()).add(discovered))
    }
  }
  return new Set([...byFinal.values()].filter((sets) => sets.size > 1).flatMap((sets) => [...sets]))
}

/** The lines that only one side has, as often as it has them more often. */
export function differences(ours: readonly string[], theirs: readonly string[]): readonly string[] {
  const count = new Map<string, number>()
  for (const line of ours) count.set(line, (count.get(line) ?? 0) + 1)
  for (const line of theirs) count.set(line, (count.get(line) ?? 0) - 1)
  return [...count].flatMap(([line, more]) => {
    if (more === 0) return []
    return [`${more > 0 ? '+ muster    ' : '- prometheus'} ${line}`]
  })
}

/** The groups as file discovery gives them. */
export function targetGroups(groups: readonly FileGroup[], file: string): readonly TargetGroup[] {
  return groups.map(({ targets, labels }, i) => ({
    source: `${file}:${String(i)}`,
    labels: Object.fromEntries([...Object.entries(labels), ['__meta_filepath', file]]),
    targets: targets.map((address) => ({ __address__: address })),
  }))
}
