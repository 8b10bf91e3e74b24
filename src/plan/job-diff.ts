import { hash } from 'node:crypto'
import type { ScrapeConfig } from '../config/index.js'
import type { TargetGroup } from '../discovery/index.js'
import { labelValue } from '../labels/index.js'
import type { CompiledRules, LabelValues, NameList, RelabelThread } from '../relabel/index.js'
import { JobJudge } from '../scrape/judgement.js'
import type { RelabelResult } from '../scrape/targets/compiled-job.js'
import type { Steps } from '../waiting/turns.js'
import type { PlannedTarget } from './plan.js'

/** How long targets of a job may be judged in a thread; the pools have the same limit. */
const maxBesideMs = 300_000

/** How many targets are judged between two chances to pause. */
const stride = 64

/** One discovered target and what it is in one of two configs. */
export interface SideOf {
  readonly judge: JobJudge
  readonly group: TargetGroup
  readonly at: number
  /** Its labels; left out where it is no active target. */
  readonly values?: LabelValues
  /** What becomes of it; left out where it is quick to find out once more. */
  readonly verdict?: RelabelResult
}

/** A discovered target that is not the same one in both configs. */
export interface Difference {
  /** Name the target among all of its job; undefined where there is none. */
  readonly oldKey: string | undefined
  readonly newKey: string | undefined
  /** Whether labels differ that a series has. */
  readonly isPublic: boolean
  /** The URL of a target that only comes or only goes. */
  readonly url: string | undefined
  /** For the lists; undefined where they are full. */
  readonly detail:
    | { readonly before: SideOf | undefined; readonly after: SideOf | undefined }
    | undefined
}

/** How much is remembered of single targets; what is beyond is only counted. */
export interface Room {
  /** For each job, of those that go, of those that come, of those that stay. */
  readonly perJob: number
  /** For all jobs together, likewise. */
  left: { removed: number; added: number; changed: number }
}

/** Judges targets whose rules take too long to be applied in between. */
export interface Beside {
  readonly thread: RelabelThread
  /** Milliseconds. */
  readonly now: () => number
}

/** One version of a job. */
class Side {
  readonly judge: JobJudge
  /** Names the targets there are. */
  readonly keys: Set<string> = new Set()
  failing = 0
  /** How long its targets were judged in a thread. */
  besideMs = 0
  /** What a URL has beside the labels of the target: the further values of parameters. */
  readonly beside: string

  constructor(job: ScrapeConfig, known: CompiledRules, limit: number) {
    this.judge = new JobJudge(job, limit === Infinity ? { known } : { limit })
    const further = Object.entries(job.params).filter(([, values]) => values.length > 1)
    this.beside = further.length === 0 ? '' : JSON.stringify(further)
  }
}

/** Compares what two versions of a job make of the same discovered targets. */
export class JobDiff {
  readonly name: string
  readonly differences: Difference[] = []
  readonly #before: Side | undefined
  readonly #after: Side | undefined
  readonly #room: Room
  readonly #listed = { removed: 0, added: 0, changed: 0 }
  readonly #names: WeakMap<NameList, string> = new WeakMap()

  /**
   * @param limit what rules may do for one target, in steps: one for which that is too much fails here
   * @throws {PatternError} when a rule cannot be compiled
   */
  constructor(
    name: string,
    before: ScrapeConfig | undefined,
    after: ScrapeConfig | undefined,
    shared: { readonly known: CompiledRules; readonly limit: number; readonly room: Room },
  ) {
    this.name = name
    this.#before = before && new Side(before, shared.known, shared.limit)
    this.#after = after && new Side(after, shared.known, shared.limit)
    this.#room = shared.room
  }

  get oldKeys(): ReadonlySet<string> {
    return this.#before?.keys ?? new Set()
  }

  get newKeys(): ReadonlySet<string> {
    return this.#after?.keys ?? new Set()
  }

  get failing(): { readonly before: number; readonly after: number } {
    return { before: this.#before?.failing ?? 0, after: this.#after?.failing ?? 0 }
  }

  /**
   * Takes a group that one of the versions discovers, or both.
   * @returns the targets that are left to {@link takeBeside}, as the rules of one version take too long
   */
  *take(group: TargetGroup, inBefore: boolean, inAfter: boolean): Steps<readonly number[]> {
    const [old, now] = this.#sides(inBefore, inAfter)
    const before = old?.judge.group(group)
    const after = now?.judge.group(group)
    const heavy: number[] = []
    for (let at = 0; at < group.targets.length; at += 1) {
      if (at % stride === stride - 1) yield
      const was = before?.verdict(at)
      const is = after?.verdict(at)
      if (was?.kind === 'heavy' || is?.kind === 'heavy') {
        heavy.push(at)
        continue
      }
      const [first, second] = [
        old && was && { side: old, verdict: was },
        now && is && { side: now, verdict: is },
      ]
      this.#compare(group, at, first, second)
    }
    return heavy
  }

  /** Takes a target of a group, judged in a thread. */
  async takeBeside(
    group: TargetGroup,
    at: number,
    inBefore: boolean,
    inAfter: boolean,
    { thread, now: clock }: Beside,
  ): Promise<void> {
    const judged = async (side: Side | undefined): Promise<Judged | undefined> => {
      if (side === undefined) return undefined
      const targets = side.judge.group(group)
      const quick = targets.verdict(at)
      if (quick.kind !== 'heavy') return { side, verdict: quick }
      const started = clock()
      const verdict: RelabelResult =
        side.besideMs > maxBesideMs
          ? { kind: 'failed', fault: 'the rules take too long for too many targets' }
          : await targets.verdictBeside(at, thread)
      side.besideMs += clock() - started
      return { side, verdict, isHeavy: true }
    }
    const [old, now] = this.#sides(inBefore, inAfter)
    this.#compare(group, at, await judged(old), await judged(now))
  }

  #sides(inBefore: boolean, inAfter: boolean): readonly [Side | undefined, Side | undefined] {
    return [inBefore ? this.#before : undefined, inAfter ? this.#after : undefined]
  }

  #compare(
    group: TargetGroup,
    at: number,
    before: Judged | undefined,
    after: Judged | undefined,
  ): void {
    const [old, now] = [before?.side, after?.side]
    const was = before && activeLabels(before)
    const is = after && activeLabels(after)
    if (was === undefined && is === undefined) return
    if (was !== undefined && is !== undefined && old?.beside === now?.beside && same(was, is)) {
      const key = this.#keyOf(was, old?.beside ?? '')
      old?.keys.add(key)
      now?.keys.add(key)
      return
    }
    const oldKey = was && this.#keyOf(was, old?.beside ?? '')
    const newKey = is && this.#keyOf(is, now?.beside ?? '')
    if (oldKey !== undefined) old?.keys.add(oldKey)
    if (newKey !== undefined) now?.keys.add(newKey)
    const kind = was === undefined ? 'added' : is === undefined ? 'removed' : 'changed'
    this.differences.push({
      oldKey,
      newKey,
      isPublic: was !== undefined && is !== undefined && !samePublic(was, is),
      url:
        was === undefined
          ? is && now?.judge.scrapeUrl(is)
          : is === undefined
            ? old?.judge.scrapeUrl(was)
            : undefined,
      detail: this.#hasRoom(kind)
        ? { before: sideOf(before, group, at, was), after: sideOf(after, group, at, is) }
        : undefined,
    })
  }

  #hasRoom(kind: 'added' | 'removed' | 'changed'): boolean {
    if (this.#listed[kind] >= this.#room.perJob || this.#room.left[kind] <= 0) return false
    this.#listed[kind] += 1
    this.#room.left[kind] -= 1
    return true
  }

  /** A short name for a target: a million of them are held at once. */
  #keyOf({ list, values }: LabelValues, beside: string): string {
    let names = this.#names.get(list)
    if (names === undefined) {
      names = JSON.stringify(list.names)
      this.#names.set(list, names)
    }
    return hash('sha1', names + JSON.stringify(values) + beside, 'binary')
  }
}

/** A target in one version of its job. */
interface Judged {
  readonly side: Side
  readonly verdict: RelabelResult
  /** It was judged in a thread. */
  readonly isHeavy?: true
}

function activeLabels({ side, verdict }: Judged): LabelValues | undefined {
  if (verdict.kind === 'active') return verdict.labels
  if (verdict.kind !== 'dropped') side.failing += 1
  return undefined
}

function sideOf(
  judged: Judged | undefined,
  group: TargetGroup,
  at: number,
  values: LabelValues | undefined,
): SideOf | undefined {
  if (judged === undefined) return undefined
  const { side, verdict, isHeavy } = judged
  return {
    judge: side.judge,
    group,
    at,
    ...(values !== undefined && { values }),
    ...(isHeavy && { verdict }),
  }
}

function same(a: LabelValues, b: LabelValues): boolean {
  if (a.values.length !== b.values.length) return false
  for (let i = 0; i < a.values.length; i += 1) if (a.values[i] !== b.values[i]) return false
  return a.list === b.list || a.list.names.every((name, i) => name === b.list.names[i])
}

function isPublic(name: string): boolean {
  return !name.startsWith('__')
}

/** Whether the labels without two underscores in front are the same. */
function samePublic(a: LabelValues, b: LabelValues): boolean {
  const names = a.list.names.filter(isPublic)
  if (names.length !== b.list.names.filter(isPublic).length) return false
  return names.every((name) => {
    const at = b.list.indexOf(name)
    return at !== undefined && b.values[at] === a.values[a.list.indexOf(name) ?? -1]
  })
}

/** An active target as the API shows it. */
export function plannedTarget({ judge, values }: SideOf): PlannedTarget {
  if (values === undefined) throw new Error('no active target')
  const all = values.list.labels(values.values)
  return {
    labels: judge.publicLabels(values),
    scrapeUrl: judge.scrapeUrl(values),
    scrapeInterval: labelValue(all, '__scrape_interval__'),
    scrapeTimeout: labelValue(all, '__scrape_timeout__'),
  }
}
