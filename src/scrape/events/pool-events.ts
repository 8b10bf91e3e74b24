import type { ChangeCause, GroupKey, TargetEvent } from '../../discovery/updates.js'
import type { ScrapeJob } from '../job.js'
import type { PoolGroupChange, PoolGroups, PoolObserver } from '../pool-observer.js'
import type { EventLog } from './event-log.js'
import { EventWriter } from './event-writer.js'
import { diffOfRebuild, diffOfUpdate, type GroupDiff } from './group-diff.js'
import { findReplacements } from './replacements.js'
import { countDiff, writeDiff, writeRemoval } from './write-diff.js'
import type { Steps } from '../../waiting/turns.js'

// How many groups are looked at between two chances to stop for a while.
const stride = 64

/**
 * Remembers why the groups of a set change, from when discovery says so until the pool has taken the
 * change. Nearly always it is an answer of their provider: that is what is not written down.
 */
export class ChangeCauses {
  readonly #sets: Map<string, Map<GroupKey, ChangeCause>> = new Map()

  note({ set, cause, changes }: TargetEvent): void {
    const known = this.#sets.get(set)
    if (cause === 'answer') this.forget(set, changes.keys())
    else {
      const noted = known ?? new Map<GroupKey, ChangeCause>()
      this.#sets.set(set, noted)
      for (const key of changes.keys()) noted.set(key, cause)
    }
  }

  of(set: string, key: GroupKey): ChangeCause {
    return this.#sets.get(set)?.get(key) ?? 'answer'
  }

  forget(set: string, keys: Iterable<GroupKey>): void {
    const noted = this.#sets.get(set)
    if (noted === undefined) return
    for (const key of keys) noted.delete(key)
    if (noted.size === 0) this.#sets.delete(set)
  }

  forgetSet(set: string): void {
    this.#sets.delete(set)
  }
}

export interface PoolEventsOptions {
  readonly pool: string
  readonly log: EventLog
  readonly causes: ChangeCauses
  /** How many targets of one change get an event of their own. */
  readonly limit: number
}

/** Writes events of what becomes of the targets of one pool. */
export class PoolEvents implements PoolObserver {
  readonly #options: PoolEventsOptions
  /** Of the groups that changed since the last sync. */
  #diffs: GroupDiff[] = []

  constructor(options: PoolEventsOptions) {
    this.#options = options
  }

  *changed(change: PoolGroupChange): Steps {
    this.#diffs.push(yield* diffOfUpdate(change))
  }

  *synced(job: ScrapeJob, keys: Iterable<GroupKey>): Steps {
    const { causes, pool } = this.#options
    const diffs = this.#diffs
    this.#diffs = []
    yield* this.#write(diffs, this.#writer(job))
    causes.forget(pool, keys)
  }

  *rebuilt(before: PoolGroups, after: PoolGroups, job: ScrapeJob): Steps {
    const diffs: GroupDiff[] = []
    for (const [key, group] of after) {
      yield
      const old = before.get(key)
      const diff = old && (yield* diffOfRebuild(key, old, group))
      if (diff !== undefined) diffs.push(diff)
    }
    yield* this.#write(diffs, this.#writer(job, 'reload'))
  }

  removed(groups: PoolGroups, job: ScrapeJob): void {
    this.#diffs = []
    this.#options.causes.forgetSet(this.#options.pool)
    const writer = this.#writer(job, 'reload')
    for (const [key, group] of groups) writeRemoval(key, group, writer)
    writer.close()
  }

  #writer(job: ScrapeJob, cause?: 'reload'): EventWriter {
    const { log, limit, causes, pool } = this.#options
    return new EventWriter({ log, limit, job, causeOf: (key) => cause ?? causes.of(pool, key) })
  }

  *#write(diffs: readonly GroupDiff[], writer: EventWriter): Steps {
    const replacements = yield* findReplacements(diffs)
    for (const [i, diff] of diffs.entries()) {
      if (i % stride === stride - 1) yield
      if (!writer.isFull || !countDiff(diff, replacements, writer)) {
        yield* writeDiff(diff, replacements, writer)
      }
    }
    writer.close()
  }
}
