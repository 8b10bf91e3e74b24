import { formatPlace } from '../yaml/index.js'
import type { Steps } from '../waiting/turns.js'
import { type Difference, type JobDiff, plannedTarget, type SideOf } from './job-diff.js'
import type {
  AddedTarget,
  ChangedTarget,
  LabelChange,
  MovedTarget,
  Reason,
  RemovedTarget,
  RuleName,
} from './plan.js'

/** Explaining one target takes some of this: as many are explained between two chances to pause. */
const stride = 8

/** One target that goes and one that comes, of which one becomes the other; or one of them alone. */
interface Outcome {
  readonly before?: Difference
  readonly after?: Difference
}

/** What becomes of the targets of one job, as far as the job alone tells. */
export interface ResolvedJob {
  readonly diff: JobDiff
  readonly same: number
  readonly changed: Outcome[]
  readonly removed: Difference[]
  readonly added: Difference[]
}

/**
 * Finds what really goes, comes and changes in a job: a target that one discovered target does not give any
 * more may come from another one.
 */
export function* resolveJob(diff: JobDiff): Steps<ResolvedJob> {
  const { oldKeys, newKeys } = diff
  const gone = new Set<string>()
  const come = new Set<string>()
  const isGone = (key: string | undefined): key is string =>
    key !== undefined && !newKeys.has(key) && !gone.has(key)
  const isNew = (key: string | undefined): key is string =>
    key !== undefined && !oldKeys.has(key) && !come.has(key)
  const changed: Outcome[] = []
  const removed: Difference[] = []
  const added: Difference[] = []
  let looked = 0
  for (const one of diff.differences) {
    if (++looked % 1024 === 0) yield
    if (!isGone(one.oldKey) || !isNew(one.newKey)) continue
    gone.add(one.oldKey)
    come.add(one.newKey)
    changed.push({ before: one, after: one })
  }
  for (const one of diff.differences) {
    if (++looked % 1024 === 0) yield
    if (isGone(one.oldKey)) {
      gone.add(one.oldKey)
      removed.push(one)
    }
    if (isNew(one.newKey)) {
      come.add(one.newKey)
      added.push(one)
    }
  }
  let same = 0
  for (const key of oldKeys) {
    if (++looked % 4096 === 0) yield
    if (newKeys.has(key)) same += 1
  }
  const resolved = { diff, same, changed, removed, added }
  yield* pairByUrl(resolved)
  return resolved
}

/** A target that another provider or group has now, at the same URL, is the same one with other labels. */
function* pairByUrl(job: ResolvedJob): Steps {
  const pairs = yield* pairsOf([job], [job])
  for (const { before, after } of pairs) job.changed.push({ before, after })
}

/** One that goes and one that comes at the same URL; each is taken from its job. */
interface Pair {
  readonly from: ResolvedJob
  readonly to: ResolvedJob
  readonly before: Difference
  readonly after: Difference
}

function* pairsOf(
  leaving: readonly ResolvedJob[],
  arriving: readonly ResolvedJob[],
): Steps<readonly Pair[]> {
  const waiting = new Map<string, { readonly job: ResolvedJob; readonly one: Difference }[]>()
  let looked = 0
  for (const job of leaving) {
    for (const one of job.removed) {
      if (++looked % 1024 === 0) yield
      if (one.url === undefined) continue
      const others = waiting.get(one.url)
      if (others === undefined) waiting.set(one.url, [{ job, one }])
      else others.push({ job, one })
    }
  }
  const pairs: Pair[] = []
  const used = new Set<Difference>()
  if (waiting.size === 0) return pairs
  for (const to of arriving) {
    for (const after of to.added) {
      if (++looked % 1024 === 0) yield
      const found = after.url === undefined ? undefined : waiting.get(after.url)?.shift()
      if (found === undefined) continue
      used.add(found.one).add(after)
      pairs.push({ from: found.job, to, before: found.one, after })
    }
  }
  if (pairs.length === 0) return pairs
  for (const job of new Set(pairs.flatMap(({ from, to }) => [from, to]))) {
    keepOnly(job.removed, (one) => !used.has(one))
    keepOnly(job.added, (one) => !used.has(one))
    yield
  }
  return pairs
}

function keepOnly<T>(list: T[], wanted: (one: T) => boolean): void {
  const kept = list.filter(wanted)
  list.length = 0
  for (const one of kept) list.push(one)
}

/** Finds targets that leave one job and come to another one, and takes them from both. */
export function* movesBetween(jobs: readonly ResolvedJob[]): Steps<readonly Pair[]> {
  return yield* pairsOf(jobs, jobs)
}

/** Whether labels change that a series has. */
export function isRelabelled({ before, after }: Outcome): boolean {
  // Two targets of one URL that come from different groups: they differ, and mostly in what a series has.
  return before !== after || (before?.isPublic ?? true)
}

/** The first of those that come, as they are shown. */
export function* shownAdded(
  differences: readonly Difference[],
  limit: number,
): Steps<AddedTarget[]> {
  const shown: AddedTarget[] = []
  for (const { detail } of differences) {
    if (shown.length >= limit) break
    if (detail?.after?.values === undefined) continue
    if (shown.length % stride === stride - 1) yield
    const before = detail.before && reasonOf(detail.before, 'before')
    shown.push({ ...plannedTarget(detail.after), ...(before && { before }) })
  }
  return shown
}

/** The first of those that go. */
export function* shownRemoved(
  differences: readonly Difference[],
  limit: number,
): Steps<RemovedTarget[]> {
  const shown: RemovedTarget[] = []
  for (const { detail } of differences) {
    if (shown.length >= limit) break
    if (detail?.before?.values === undefined) continue
    if (shown.length % stride === stride - 1) yield
    const reason = detail.after && reasonOf(detail.after, 'after')
    shown.push({ ...plannedTarget(detail.before), ...(reason && { reason }) })
  }
  return shown
}

/** The first of those that change. */
export function* shownChanged(outcomes: readonly Outcome[], limit: number): Steps<ChangedTarget[]> {
  const shown: ChangedTarget[] = []
  for (const { before, after } of outcomes) {
    if (shown.length >= limit) break
    const was = before?.detail?.before
    const is = after?.detail?.after
    if (was?.values === undefined || is?.values === undefined) continue
    if (shown.length % stride === stride - 1) yield
    shown.push(changedTarget(was, is))
  }
  return shown
}

/** The first of those that another job has now. */
export function* shownMoved(pairs: readonly Pair[], limit: number): Steps<MovedTarget[]> {
  const shown: MovedTarget[] = []
  for (const { from, to, before, after } of pairs) {
    if (shown.length >= limit) break
    const was = before.detail?.before
    const is = after.detail?.after
    if (was?.values === undefined || is?.values === undefined) continue
    if (shown.length % stride === stride - 1) yield
    shown.push({ from: from.diff.name, to: to.diff.name, ...changedTarget(was, is) })
  }
  return shown
}

function changedTarget(was: SideOf, is: SideOf): ChangedTarget {
  return { before: plannedTarget(was), after: plannedTarget(is), changes: changesOf(was, is) }
}

function changesOf(was: SideOf, is: SideOf): readonly LabelChange[] {
  const old = labelsOf(was)
  const now = labelsOf(is)
  const names = [...new Set([...old.keys(), ...now.keys()])].filter(
    (name) => old.get(name) !== now.get(name),
  )
  if (names.length === 0) return []
  const setters = settersOf(is, names, 'after')
  const unset = names.filter((name) => !setters.has(name))
  for (const [name, by] of settersOf(was, unset, 'before')) setters.set(name, by)
  return names
    .sort((a, b) => Number(a.startsWith('__')) - Number(b.startsWith('__')))
    .map((label) => {
      const by = setters.get(label)
      const [before, after] = [old.get(label) ?? null, now.get(label) ?? null]
      return { label, before, after, ...(by && { by }) }
    })
}

function labelsOf({ values }: SideOf): ReadonlyMap<string, string> {
  return new Map(values?.list.names.map((name, i) => [name, values.values[i] ?? '']))
}

/** Which rule gave labels the values they have; those that no rule touched are not in it. */
function settersOf(
  side: SideOf,
  labels: readonly string[],
  config: RuleName['config'],
): Map<string, RuleName> {
  const setters = new Map<string, RuleName>()
  if (labels.length === 0) return setters
  const { judge, group, at } = side
  const judged = judge.group(group)
  const explained = judged.explain(at)
  if (explained.kind === 'failed') return setters
  // Without a rule of its own it is the address.
  const names = labels.includes('instance') ? [...labels, '__address__'] : labels
  let before: Readonly<Record<string, string>> = judged.discovered(at)
  for (const [index, { output }] of explained.steps.entries()) {
    for (const name of names) {
      if ((before[name] ?? '') === (output[name] ?? '')) continue
      const by = ruleName(judge.rule(index), config)
      if (by !== undefined) setters.set(name, by)
    }
    before = output
  }
  const address = setters.get('__address__')
  if (address !== undefined && !setters.has('instance') && labels.includes('instance')) {
    setters.set('instance', address)
  }
  return setters
}

function reasonOf(
  { judge, group, at, verdict: known }: SideOf,
  config: RuleName['config'],
): Reason | undefined {
  const judged = judge.group(group)
  const verdict = known ?? judged.verdict(at)
  if (verdict.kind === 'failed') return { kind: 'failed', fault: verdict.fault }
  if (verdict.kind === 'heavy') return { kind: 'failed', fault: 'the rules take too long' }
  if (verdict.kind === 'active') return undefined
  const by = ruleName(judged.droppedBy(at), config)
  return { kind: 'dropped', ...(by && { by }) }
}

/** @param numbered from a judge */
export function ruleName(
  numbered:
    | { readonly number: number; readonly place: Parameters<typeof formatPlace>[0] | undefined }
    | undefined,
  config: RuleName['config'],
): RuleName | undefined {
  if (numbered === undefined) return undefined
  const { number, place } = numbered
  return { rule: number, config, ...(place && { place: formatPlace(place) }) }
}
