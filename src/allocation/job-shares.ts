import { countBelow } from '../go/sort-search.js'
import type { Labels } from '../labels/index.js'
import type { GroupRange, ListPart } from '../scrape/lists/list-part.js'
import type { ScrapePool } from '../scrape/pool.js'
import type { GroupTargets } from '../scrape/targets/group-targets.js'
import type { Target } from '../scrape/targets/target.js'
import type { Steps } from '../waiting/turns.js'
import { hashText, mix } from './hash.js'
import type { Facet } from './rules.js'
import { MemberShare } from './member-share.js'
import type { SharedTarget } from './shared-target.js'
import type { Share } from './source.js'
import type { TargetReader } from './target-reader.js'

/** A part, and its targets as they were when it was read. */
interface KnownPart {
  readonly targets: readonly SharedTarget[]
  /** The last look that found it. */
  seenAt: number
}

/** Who has a target: its owners, and those who have it until the owners do. */
export interface Placed {
  readonly owners: readonly string[]
  readonly leaving: readonly string[]
}

/** What the shares of a job are told by those who know who gets what. */
export interface JobSharesOptions {
  readonly reader: TargetReader
  /** Who has a target that is new. */
  readonly place: (key: number, facet: Facet) => Placed
  /** Begins every version; no other shares have it. */
  readonly prefix: string
}

const shardCount = 64

/**
 * The targets of one pool, shared out. It follows the parts of the pool's lists, which never change: a change costs the
 * parts it touches.
 */
export class JobShares {
  readonly #options: JobSharesOptions
  /** Sharded by key: a large map grows in one step that takes too long. */
  readonly #targets: readonly Map<Target, SharedTarget>[]
  readonly #parts: Map<ListPart, KnownPart> = new Map()
  /** Counts the looks at all parts. */
  #looks = 0
  /** What is known of the targets of a group, by their place among the active ones. */
  readonly #groups: WeakMap<GroupTargets, SharedTarget[]> = new WeakMap()
  readonly #shares: Map<string, MemberShare> = new Map()
  readonly #zones: Map<string, number> = new Map()
  readonly #touched: Set<string> = new Set()
  #job: unknown
  /** Counts the shares that were made: a member that comes again has other versions. */
  #made = 0
  #count = 0
  #unassigned = 0
  #sum: [number, number] = [0, 0]
  #ownersHash: WeakMap<readonly string[], number> = new WeakMap()

  constructor(options: JobSharesOptions) {
    this.#options = options
    this.#targets = Array.from({ length: shardCount }, () => new Map())
  }

  /** How many targets. */
  get count(): number {
    return this.#count
  }

  get unassigned(): number {
    return this.#unassigned
  }

  /** How many targets are of each zone. */
  get zones(): ReadonlyMap<string, number> {
    return this.#zones
  }

  /** The hash of all targets and their owners, in whatever order they came. */
  get fingerprint(): string {
    return this.#sum.map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('')
  }

  /** All targets, to be read with a pause now and then; those that come meanwhile may be left out. */
  *targets(): Generator<SharedTarget> {
    for (const shard of this.#targets) yield* shard.values()
  }

  share(member: string): Share | undefined {
    return this.#shares.get(member)
  }

  /** How many targets a member has. */
  sizeOf(member: string): number {
    return this.#shares.get(member)?.count ?? 0
  }

  /** The members whose share is another one since this was last asked. */
  takeTouched(): ReadonlySet<string> {
    const touched = new Set(this.#touched)
    this.#touched.clear()
    return touched
  }

  /** Takes what the pool shows now. */
  *sync(pool: ScrapePool): Steps {
    const parts = pool.parts()
    this.#looks += 1
    const looks = this.#looks
    const { jobOfTargets: job } = pool
    if (job !== this.#job) for (const [id, share] of this.#shares) this.#change(id, share)
    this.#job = job
    for (const part of parts) {
      const known = this.#parts.get(part)
      if (known !== undefined) {
        known.seenAt = looks
        continue
      }
      this.#parts.set(part, { targets: this.#read(part), seenAt: looks })
      yield
    }
    if (this.#parts.size === parts.length) return
    for (const [part, { targets, seenAt }] of this.#parts) {
      if (seenAt === looks) continue
      this.#parts.delete(part)
      for (const one of targets) if (one.part === part) this.#remove(one)
      yield
    }
  }

  /** Gives a target to other members. */
  give(one: SharedTarget, owners: readonly string[], leaving: readonly string[]): void {
    this.#note(one, -1)
    const had = new Set([...one.owners, ...one.leaving])
    one.owners = owners
    one.leaving = leaving
    this.#note(one, 1)
    for (const id of [...owners, ...leaving]) if (!had.delete(id)) this.#add(id, one)
    for (const id of had) this.#drop(id, one)
  }

  /** The targets of a member, those in an overlap included. */
  targetsOf(member: string): Iterable<SharedTarget> {
    return this.#shares.get(member)?.targets ?? []
  }

  /** A target as it stands in a list; undefined where it is not known. */
  find(target: Target, range: GroupRange): SharedTarget | undefined {
    const { discovered: group } = range.targets
    const discovered = { own: group.targets[range.from] ?? {}, shared: group.labels }
    const key = this.#options.reader.key(target, discovered)
    return this.#targets[key & (shardCount - 1)]?.get(target)
  }

  #read(part: ListPart): readonly SharedTarget[] {
    const found: SharedTarget[] = []
    for (const { holder, targets, from, to } of part.ranges) {
      const { active, activeAt } = targets
      // A part is made again for one changed group: the others in it are known.
      let known = this.#groups.get(targets)
      if (known === undefined) {
        known = []
        this.#groups.set(targets, known)
      }
      for (let i = countBelow(activeAt, from); i < active.length; i += 1) {
        const at = activeAt[i] ?? to
        if (at >= to) break
        const target = active[i]
        if (target?.isListedBy(holder) !== true) continue
        let one = known[i]
        if (one?.part !== undefined && one.range.targets === targets) one.part = part
        else {
          one = this.#put(target, { holder, targets, from: at, to: at + 1, isChosen: true }, part)
          known[i] = one
        }
        found.push(one)
      }
    }
    return found
  }

  #put(target: Target, range: GroupRange, part: ListPart): SharedTarget {
    const { reader } = this.#options
    const { discovered: group } = range.targets
    const discovered = { own: group.targets[range.from] ?? {}, shared: group.labels }
    const key = reader.key(target, discovered)
    const shard = this.#targets[key & (shardCount - 1)]
    const known = shard?.get(target)
    const facet = reader.facet(target, discovered)
    if (known !== undefined && known.facet === facet) {
      const isOther = !isSameLabels(known.range, range)
      known.range = range
      known.part = part
      if (isOther) this.#changeAll(known)
      else this.#moveAll(known)
      return known
    }
    if (known !== undefined) this.#remove(known)
    const one: SharedTarget = {
      target,
      key,
      facet,
      weight: reader.weight(target),
      ...this.#options.place(key, facet),
      range,
      part,
    }
    shard?.set(target, one)
    this.#note(one, 1)
    for (const id of [...one.owners, ...one.leaving]) this.#add(id, one)
    return one
  }

  #remove(one: SharedTarget): void {
    this.#targets[one.key & (shardCount - 1)]?.delete(one.target)
    one.part = undefined
    this.#note(one, -1)
    for (const id of [...one.owners, ...one.leaving]) this.#drop(id, one)
  }

  /** Counts a target that comes or goes. */
  #note(one: SharedTarget, by: 1 | -1): void {
    this.#count += by
    if (one.owners.length === 0) this.#unassigned += by
    const { zone } = one.facet
    this.#zones.set(zone, (this.#zones.get(zone) ?? 0) + by)
    const hash = mix(one.key ^ this.#hashOf(one.owners))
    this.#sum = [(this.#sum[0] + by * hash) | 0, (this.#sum[1] + by * mix(hash)) | 0]
  }

  #hashOf(owners: readonly string[]): number {
    let hash = this.#ownersHash.get(owners)
    if (hash === undefined) {
      hash = hashText(owners.join('\0'))
      this.#ownersHash.set(owners, hash)
    }
    return hash
  }

  #add(id: string, one: SharedTarget): void {
    let share = this.#shares.get(id)
    if (share === undefined) {
      this.#made += 1
      share = new MemberShare(`${this.#options.prefix}-${String(this.#made)}`)
      this.#shares.set(id, share)
    }
    share.add(one)
    this.#touched.add(id)
  }

  #drop(id: string, one: SharedTarget): void {
    const share = this.#shares.get(id)
    if (share === undefined) return
    share.remove(one)
    this.#touched.add(id)
    // Members come and go for as long as the process runs.
    if (share.count === 0) this.#shares.delete(id)
  }

  #changeAll(one: SharedTarget): void {
    for (const id of [...one.owners, ...one.leaving]) {
      const share = this.#shares.get(id)
      if (share !== undefined) this.#change(id, share)
    }
  }

  #change(id: string, share: MemberShare): void {
    share.changed()
    this.#touched.add(id)
  }

  /** The same targets with the same labels, of other groups: lists that were made still hold. */
  #moveAll(one: SharedTarget): void {
    for (const id of [...one.owners, ...one.leaving]) this.#shares.get(id)?.moved()
  }
}

/** Whether a target would be listed with the same labels. */
function isSameLabels(a: GroupRange, b: GroupRange): boolean {
  const [one, other] = [a.targets, b.targets]
  if (one === other && a.from === b.from) return true
  return (
    one.compiled === other.compiled &&
    isSame(one.discovered.labels, other.discovered.labels) &&
    isSame(one.discovered.targets[a.from] ?? {}, other.discovered.targets[b.from] ?? {})
  )
}

function isSame(a: Labels, b: Labels): boolean {
  if (a === b) return true
  const names = Object.keys(a)
  if (names.length !== Object.keys(b).length) return false
  return names.every((name) => Object.hasOwn(b, name) && a[name] === b[name])
}
