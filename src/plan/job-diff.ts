import { hash } from 'node:crypto'
import type { ScrapeConfig } from '../config/index.js'
import type { TargetGroup } from '../discovery/index.js'
import { labelValue } from '../labels/index.js'
import type { CompiledRules, LabelValues, NameList } from '../relabel/index.js'
import { JobJudge, type JudgedGroup } from '../scrape/judgement.js'
import type { Steps } from '../waiting/turns.js'
import type { PlannedTarget } from './plan.js'

/** How many targets are judged between two chances to pause. */
const stride = 64

/** One discovered target and what it is in one of two configs. */
export interface SideOf {
  readonly judge: JobJudge
  readonly group: TargetGroup
  readonly at: number
  /** Its labels; left out where it is no active target. */
  readonly values?: LabelValues
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

/** One version of a job. */
class Side {
  readonly judge: JobJudge
  /** Names the targets there are. */
  readonly keys: Set<string> = new Set()
  failing = 0
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

  /** Takes a group that one of the versions discovers, or both. */
  *take(group: TargetGroup, inBefore: boolean, inAfter: boolean): Steps {
    const old = inBefore ? this.#before : undefined
    const now = inAfter ? this.#after : undefined
    const before = old?.judge.group(group)
    const after = now?.judge.group(group)
    for (let at = 0; at < group.targets.length; at += 1) {
      if (at % stride === stride - 1) yield
      const was = old && before && judged(old, before, at)
      const is = now && after && judged(now, after, at)
      if (was === undefined && is === undefined) continue
      if (was !== undefined && is !== undefined && old?.beside === now?.beside && same(was, is)) {
        const key = this.#keyOf(was, old?.beside ?? '')
        old?.keys.add(key)
        now?.keys.add(key)
        continue
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
          ? { before: sideOf(old, group, at, was), after: sideOf(now, group, at, is) }
          : undefined,
      })
    }
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

function judged(side: Side, group: JudgedGroup, at: number): LabelValues | undefined {
  const verdict = group.verdict(at)
  if (verdict.kind === 'active') return verdict.labels
  if (verdict.kind !== 'dropped') side.failing += 1
  return undefined
}

function sideOf(
  side: Side | undefined,
  group: TargetGroup,
  at: number,
  values: LabelValues | undefined,
): SideOf | undefined {
  return side && { judge: side.judge, group, at, ...(values !== undefined && { values }) }
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
