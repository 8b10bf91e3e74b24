import type { GroupKey } from '../../discovery/updates.js'
import type { Blueprint } from '../blueprint.js'
import type { GroupState } from '../group-state.js'
import type { ScrapeJob } from '../job.js'
import type { PoolWatch, SlotChange, WatchedPool } from '../pool-watch.js'
import { Account } from './account.js'
import type { Causes } from './causes.js'
import { type Delta, differenceOfGroup, differenceOfRules, type Side } from './delta.js'
import type { EventLog } from './event-log.js'
import { pairsOf } from './pairs.js'
import { countDelta, tellDelta, tellRemoval } from './tell.js'

const stride = 64

export interface PoolEventsOptions {
  readonly pool: string
  readonly log: EventLog
  readonly causes: Causes
  /** So many events of one change are told one by one. */
  readonly room: number
}

/** Tells the log what becomes of the targets of one pool. */
export class PoolEvents implements PoolWatch {
  readonly #options: PoolEventsOptions
  #deltas: Delta[] = []

  constructor(options: PoolEventsOptions) {
    this.#options = options
  }

  *changed({ within, key, slot, before, after }: SlotChange): Generator<void> {
    const { blueprint } = within
    const [was, is] = [sideOf(before, blueprint), sideOf(after, blueprint)]
    this.#deltas.push(yield* differenceOfGroup(key, slot, was, is))
  }

  *synced(job: ScrapeJob, keys: Iterable<GroupKey>): Generator<void> {
    const { causes, pool } = this.#options
    const deltas = this.#deltas
    this.#deltas = []
    yield* this.#tell(deltas, this.#account(job))
    causes.forget(pool, keys)
  }

  *rebuilt(before: WatchedPool, after: WatchedPool, job: ScrapeJob): Generator<void> {
    const deltas: Delta[] = []
    for (const [key, slot] of after.slots) {
      yield
      const old = before.slots.get(key)
      const was = sideOf(old?.state, before.blueprint)
      const is = sideOf(slot.state, after.blueprint)
      if (old === undefined || was === undefined || is === undefined) continue
      deltas.push(yield* differenceOfRules(key, [old, slot], was, is))
    }
    yield* this.#tell(deltas, this.#account(job, 'reload'))
  }

  removed(last: WatchedPool, job: ScrapeJob): void {
    this.#deltas = []
    this.#options.causes.forgetSet(this.#options.pool)
    const account = this.#account(job, 'reload')
    for (const [key, slot] of last.slots) tellRemoval(key, slot, last.blueprint, account)
    account.close()
  }

  #account(job: ScrapeJob, cause?: 'reload'): Account {
    const { log, room, causes, pool } = this.#options
    return new Account({ log, room, job, causeOf: (key) => cause ?? causes.of(pool, key) })
  }

  *#tell(deltas: readonly Delta[], account: Account): Generator<void> {
    const pairs = yield* pairsOf(deltas)
    for (const [i, delta] of deltas.entries()) {
      if (i % stride === stride - 1) yield
      if (!account.isFull || !countDelta(delta, pairs, account)) {
        yield* tellDelta(delta, pairs, account)
      }
    }
    account.close()
  }
}

function sideOf(state: GroupState | undefined, blueprint: Blueprint): Side | undefined {
  return state && { state, blueprint }
}
