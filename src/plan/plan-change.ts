import type { Config } from '../config/index.js'
import type { TargetGroup } from '../discovery/index.js'
import { setName } from '../notifier/config.js'
import { matchSections } from '../notifier/match-sections.js'
import { compareNames, CompiledRules } from '../relabel/index.js'
import { sameTargets } from '../scrape/job.js'
import { inTurns, type Steps, type Turns } from '../waiting/turns.js'
import { sameConfig } from '../yaml/index.js'
import { AlertmanagerDiff, type AlertmanagerVersion } from './alertmanager-diff.js'
import { type Beside, JobDiff, type Room } from './job-diff.js'
import type { Counts, JobPlan, Plan, RemovedTarget, UnknownProvider } from './plan.js'
import {
  isRelabelled,
  movesBetween,
  type ResolvedJob,
  resolveJob,
  shownAdded,
  shownChanged,
  shownMoved,
  shownRemoved,
} from './resolve.js'
import { jobSettings } from './settings.js'

/** What a config has of jobs and Alertmanagers, as far as a plan looks at it. */
export type PlannedConfig = Pick<
  Config,
  'jobs' | 'alerting' | 'global' | 'alertmanager_rule_places'
>

/** Names a provider: the same one in both configs, and in the groups. */
export type ProviderKey = string

/** Which providers each set has: jobs, and `config-<i>`. */
export type SetProviders = ReadonlyMap<string, readonly ProviderKey[]>

/** A config, and the providers of its sets. */
export interface PlanSide {
  readonly config: PlannedConfig
  readonly providers: { readonly scrape: SetProviders; readonly notify: SetProviders }
}

/** One provider and what it found. */
export interface ProviderGroups {
  readonly manager: 'scrape' | 'notify'
  readonly key: ProviderKey
  readonly groups: Iterable<TargetGroup> | AsyncIterable<TargetGroup>
}

export interface PlanOptions {
  readonly before: PlanSide
  readonly after: PlanSide
  /** Each provider once, those that neither config has among them or not. */
  readonly found: Iterable<ProviderGroups> | AsyncIterable<ProviderGroups>
  /** The providers of which nothing is known; asked once everything was found. */
  readonly unknown: () => readonly (UnknownProvider & { readonly key: ProviderKey })[]
  readonly turns: Turns
  /** The only jobs to look at, and no Alertmanagers; left out: all. */
  readonly jobs?: readonly string[]
  /** How many targets of each kind are listed for a job. */
  readonly listed?: number
  /**
   * What rules may do for one target, in steps, and what judges those for which that is too much; left out: no
   * limit.
   */
  readonly limit?: { readonly steps: number; readonly beside: Beside }
  /** The secrets of the old config are known as printed only. */
  readonly isMasked?: boolean
}

/** How many targets of each kind are listed for a job unless it is said. */
const defaultListed = 10_000
/** For all jobs together: each takes a few hundred bytes, and the group it came in. */
const maxListed = 100_000

/** Who has a provider, in which of the two configs. */
interface User<Diff> {
  readonly diff: Diff
  readonly inBefore: boolean
  readonly inAfter: boolean
}

type Users<Diff> = ReadonlyMap<ProviderKey, readonly User<Diff>[]>

/**
 * Finds what a change of the config does, by the code that makes the targets of pools. Only jobs are looked
 * at that differ in what makes their targets. It takes turns of the event loop, and holds no more of the
 * groups than it lists targets of.
 * @throws {PatternError} when the rules of a job cannot be compiled, and what `found` throws
 */
export async function planChange(options: PlanOptions): Promise<Plan> {
  const { before, after, turns, isMasked = false } = options
  const only = options.jobs && new Set(options.jobs)
  const room: Room = {
    perJob: options.listed ?? defaultListed,
    left: { removed: maxListed, added: maxListed, changed: maxListed },
  }
  const shared = { known: new CompiledRules(), limit: options.limit?.steps ?? Infinity, room }
  const run = async <Result>(steps: Steps<Result>): Promise<Result> => {
    const result = await inTurns(steps, turns)
    if (turns.isOver) await turns.next()
    return result
  }
  const jobs = await run(diffJobs(before, after, only, shared))
  const sections = only === undefined ? diffSections(before, after) : []
  const users = {
    scrape: usersOf(before.providers.scrape, after.providers.scrape, jobs.diffs, (diff) => ({
      before: diff.name,
      after: diff.name,
    })),
    notify: usersOf(before.providers.notify, after.providers.notify, sections, (diff) => ({
      before: diff.before?.name,
      after: diff.after?.name,
    })),
  }
  for await (const found of options.found) await take(found, users, turns, options.limit?.beside)
  // Of no consequence are those of jobs that stay as they are.
  const unknown = options.unknown().filter(({ manager, key }) => users[manager].has(key))
  const resolved: ResolvedJob[] = []
  for (const diff of jobs.diffs) resolved.push(await run(resolveJob(diff)))
  const pairs = await run(movesBetween(resolved))
  const moved = await run(shownMoved(pairs, room.perJob))
  const leaving = new Map<string, number>()
  for (const { from } of pairs) leaving.set(from.diff.name, (leaving.get(from.diff.name) ?? 0) + 1)
  const arrivals = new Set(pairs.map(({ to }) => to.diff.name))

  const byName = new Map(resolved.map((job) => [job.diff.name, job]))
  const [old, now] = [jobsOf(before), jobsOf(after)]
  const plans: JobPlan[] = []
  for (const name of jobs.names) {
    const plan = await run(
      jobPlan(name, { before: old.get(name), after: now.get(name) }, byName.get(name), {
        listed: room.perJob,
        isMasked,
        moved: leaving.get(name) ?? 0,
        unknown: byName.has(name) ? unknownOf(unknown, after.providers.scrape.get(name)) : [],
      }),
    )
    if (plan !== undefined && (isChange(plan) || arrivals.has(name))) plans.push(plan)
  }
  return {
    totals: total(plans),
    unchangedJobs: jobs.inBoth - plans.filter(({ kind }) => kind === 'changed').length,
    jobs: plans,
    moved,
    alertmanagers: sections.flatMap((diff) => {
      const keys = diff.after && after.providers.notify.get(diff.after.name)
      const plan = diff.plan(isMasked, unknownOf(unknown, keys))
      return plan === undefined ? [] : [plan]
    }),
    unknown: unknown.map(withoutKey),
  }
}

interface JobDiffs {
  /** Of all jobs, sorted. */
  readonly names: readonly string[]
  /** How many are in both configs. */
  readonly inBoth: number
  /** Of those whose targets may be others. */
  readonly diffs: readonly JobDiff[]
}

function* diffJobs(
  before: PlanSide,
  after: PlanSide,
  only: ReadonlySet<string> | undefined,
  shared: ConstructorParameters<typeof JobDiff>[3],
): Steps<JobDiffs> {
  const old = jobsOf(before)
  const now = jobsOf(after)
  const names = [...new Set([...old.keys(), ...now.keys()])]
    .filter((name) => only?.has(name) ?? true)
    .sort(compareNames)
  const diffs: JobDiff[] = []
  let inBoth = 0
  for (const name of names) {
    yield
    const [was, is] = [old.get(name), now.get(name)]
    if (was !== undefined && is !== undefined) {
      inBoth += 1
      const isFound = sameKeys(before.providers.scrape.get(name), after.providers.scrape.get(name))
      // One of which only settings change is looked at for its numbers.
      if (isFound && sameTargets(was, is) && jobSettings(was, is, false).length === 0) continue
    }
    diffs.push(new JobDiff(name, was, is, shared))
  }
  return { names, inBoth, diffs }
}

type Job = Config['jobs'][number]

function jobsOf({ config }: PlanSide): ReadonlyMap<string, Job> {
  return new Map(config.jobs.map((job) => [job.job_name, job]))
}

function diffSections(before: PlanSide, after: PlanSide): readonly AlertmanagerDiff[] {
  const old = versionsOf(before)
  const now = versionsOf(after)
  const matches = matchSections(
    now.map(({ config }) => config),
    old.map(({ config }) => config),
  )
  const matched = new Set(matches)
  const isSame = (was: AlertmanagerVersion | undefined, is: AlertmanagerVersion): boolean =>
    was?.scheme === is.scheme &&
    sameConfig(was.config, is.config) &&
    sameKeys(before.providers.notify.get(was.name), after.providers.notify.get(is.name))
  return [
    ...now.flatMap((version, i) => {
      const was = old[matches[i] ?? -1]
      return isSame(was, version) ? [] : [new AlertmanagerDiff(was, version)]
    }),
    ...old
      .filter((_, i) => !matched.has(i))
      .map((version) => new AlertmanagerDiff(version, undefined)),
  ]
}

function versionsOf({ config }: PlanSide): readonly AlertmanagerVersion[] {
  const scheme = config.global.metric_name_validation_scheme || 'utf8'
  return config.alerting.alertmanagers.map((section, i) => ({
    name: setName(i),
    config: section,
    scheme,
    places: config.alertmanager_rule_places[i] ?? [],
  }))
}

function usersOf<Diff>(
  before: SetProviders,
  after: SetProviders,
  diffs: readonly Diff[],
  setsOf: (diff: Diff) => {
    readonly before: string | undefined
    readonly after: string | undefined
  },
): Users<Diff> {
  const users = new Map<ProviderKey, User<Diff>[]>()
  for (const diff of diffs) {
    const sets = setsOf(diff)
    const old = new Set(before.get(sets.before ?? '') ?? [])
    const now = new Set(after.get(sets.after ?? '') ?? [])
    for (const key of new Set([...old, ...now])) {
      const user = { diff, inBefore: old.has(key), inAfter: now.has(key) }
      const others = users.get(key)
      if (others === undefined) users.set(key, [user])
      else others.push(user)
    }
  }
  return users
}

async function take(
  { manager, key, groups }: ProviderGroups,
  users: { readonly scrape: Users<JobDiff>; readonly notify: Users<AlertmanagerDiff> },
  turns: Turns,
  beside: Beside | undefined,
): Promise<void> {
  const jobs = manager === 'scrape' ? (users.scrape.get(key) ?? []) : []
  const sections = manager === 'notify' ? (users.notify.get(key) ?? []) : []
  // What comes from a file or a server has to be read to its end all the same.
  if (jobs.length + sections.length === 0 && Symbol.iterator in groups) return
  for await (const group of groups) {
    for (const { diff, inBefore, inAfter } of jobs) {
      const heavy = await inTurns(diff.take(group, inBefore, inAfter), turns)
      if (beside === undefined) continue
      for (const at of heavy) await diff.takeBeside(group, at, inBefore, inAfter, beside)
    }
    for (const { diff, inBefore, inAfter } of sections) diff.take(group, inBefore, inAfter)
    if (turns.isOver) await turns.next()
  }
}

function* jobPlan(
  name: string,
  versions: { readonly before: Job | undefined; readonly after: Job | undefined },
  resolved: ResolvedJob | undefined,
  given: {
    readonly listed: number
    readonly isMasked: boolean
    readonly moved: number
    readonly unknown: readonly string[]
  },
): Steps<JobPlan | undefined> {
  const { listed, isMasked, moved, unknown } = given
  const { before: was, after: is } = versions
  const settings = was && is ? jobSettings(was, is, isMasked) : []
  const kind = was === undefined ? 'new' : is === undefined ? 'gone' : 'changed'
  if (resolved === undefined) {
    if (settings.length === 0) return undefined
    return { ...emptyJob, job: name, kind, settings, unknown }
  }
  const { diff, same, changed, added, removed } = resolved
  const removedTargets = yield* shownRemoved(removed, listed)
  const relabelled = changed.filter(isRelabelled).length
  return {
    job: name,
    kind,
    before: diff.oldKeys.size,
    after: diff.newKeys.size,
    same,
    counts: {
      added: added.length,
      removed: removed.length,
      relabelled,
      asked: changed.length - relabelled,
      moved,
    },
    failing: diff.failing,
    settings,
    removedBy: byRule(removedTargets),
    added: yield* shownAdded(added, listed),
    removed: removedTargets,
    changed: yield* shownChanged(changed, listed),
    unknown,
  }
}

const emptyJob = {
  before: 0,
  after: 0,
  same: 0,
  counts: { added: 0, removed: 0, relabelled: 0, asked: 0, moved: 0 },
  failing: { before: 0, after: 0 },
  removedBy: [],
  added: [],
  removed: [],
  changed: [],
} as const

function byRule(removed: readonly RemovedTarget[]): JobPlan['removedBy'] {
  const found = new Map<string, JobPlan['removedBy'][number]>()
  for (const { reason } of removed) {
    if (reason?.kind !== 'dropped' || reason.by === undefined) continue
    const { by } = reason
    const key = `${by.config} ${String(by.rule)}`
    found.set(key, { by, targets: (found.get(key)?.targets ?? 0) + 1 })
  }
  return [...found.values()].sort((a, b) => b.targets - a.targets)
}

function isChange({ kind, counts, settings, unknown, failing }: JobPlan): boolean {
  const { added, removed, relabelled, asked, moved } = counts
  return (
    kind !== 'changed' ||
    added + removed + relabelled + asked + moved > 0 ||
    settings.length + unknown.length > 0 ||
    failing.before !== failing.after
  )
}

function total(plans: readonly JobPlan[]): Counts {
  const sum = (pick: (counts: Counts) => number): number =>
    plans.reduce((all, { counts }) => all + pick(counts), 0)
  return {
    added: sum(({ added }) => added),
    removed: sum(({ removed }) => removed),
    relabelled: sum(({ relabelled }) => relabelled),
    asked: sum(({ asked }) => asked),
    moved: sum(({ moved }) => moved),
  }
}

function unknownOf(
  unknown: readonly (UnknownProvider & { readonly key: ProviderKey })[],
  keys: readonly ProviderKey[] = [],
): readonly string[] {
  return unknown
    .filter(({ key, config }) => config === 'after' && keys.includes(key))
    .map(({ mechanism, why }) => `${mechanism}: ${why}`)
}

function withoutKey<T extends { readonly key: ProviderKey }>(one: T): Omit<T, 'key'> {
  return Object.fromEntries(Object.entries(one).filter(([name]) => name !== 'key')) as Omit<
    T,
    'key'
  >
}

function sameKeys(a: readonly string[] = [], b: readonly string[] = []): boolean {
  const left = new Set(a)
  const right = new Set(b)
  return left.size === right.size && [...left].every((key) => right.has(key))
}
