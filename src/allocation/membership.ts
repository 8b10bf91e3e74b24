import { compareIds, type MemberSpec } from './member.js'
import type { MemberState } from './source.js'

/** How long a member that never said how often it asks is thought to wait, in milliseconds: http_sd's default. */
export const defaultRefreshMs = 60_000

/** Times are milliseconds of one clock. */
interface Known {
  spec: MemberSpec
  state: MemberState
  /** When the state began. */
  since: number
  lastSeen: number | undefined
  refreshMs: number | undefined
}

/** What of the `moves` section the members follow. */
export interface MembershipRules {
  readonly member_grace: number
  readonly silent_after: number
  readonly evict_silent: number
}

/** A member has come to another state. */
export interface MemberChange {
  readonly id: string
  readonly from: MemberState | undefined
  /** Undefined: it is forgotten. */
  readonly to: MemberState | undefined
}

/**
 * Who is a member, as a state machine for each that runs on the times it is given. A new one gets targets
 * after the grace, one that is gone keeps them for the grace: a member that flaps moves nothing. All members of the first
 * list begin at once.
 *
 *     (new) ─► joining ─► active ⇄ silent ─► evicted ─► joining
 *                 │          └──┬──┘            │
 *               (gone)       leaving ─► (gone) (gone)
 */
export class Membership {
  readonly #known: Map<string, Known> = new Map()
  #hasList = false

  /** Every one, in the order of the ids. */
  all(): readonly (Readonly<Omit<Known, 'spec'>> & MemberSpec)[] {
    return Array.from(this.#known.values(), ({ spec, ...rest }) => ({ ...spec, ...rest })).sort(
      compareIds,
    )
  }

  has(id: string): boolean {
    return this.#known.has(id)
  }

  /** How often a member says that it asks, in milliseconds; undefined where it does not say. */
  refreshMs(id: string): number | undefined {
    return this.#known.get(id)?.refreshMs
  }

  /** Those that get targets. */
  owners(): readonly MemberSpec[] {
    return [...this.#known.values()]
      .filter(({ state }) => state === 'active' || state === 'silent' || state === 'leaving')
      .map(({ spec }) => spec)
      .sort(compareIds)
  }

  /** Takes a list of all members. */
  list(specs: readonly MemberSpec[], now: number): readonly MemberChange[] {
    const changes: MemberChange[] = []
    const listed = new Set(specs.map(({ id }) => id))
    for (const spec of specs) {
      const known = this.#known.get(spec.id)
      if (known === undefined) {
        const state = this.#hasList ? 'joining' : 'active'
        const fresh = {
          spec,
          state,
          since: now,
          lastSeen: undefined,
          refreshMs: undefined,
        } as const
        this.#known.set(spec.id, { ...fresh })
        changes.push({ id: spec.id, from: undefined, to: state })
        continue
      }
      known.spec = spec
      if (known.state === 'leaving') changes.push(enter(known, 'active', now))
    }
    for (const [id, known] of this.#known) {
      if (listed.has(id) || known.state === 'leaving') continue
      if (known.state === 'active' || known.state === 'silent') {
        changes.push(enter(known, 'leaving', now))
        continue
      }
      this.#known.delete(id)
      changes.push({ id, from: known.state, to: undefined })
    }
    this.#hasList ||= specs.length > 0
    return changes
  }

  /** A member has asked for a list. @param refreshMs how often it says it does */
  seen(id: string, refreshMs: number | undefined, now: number): readonly MemberChange[] {
    const known = this.#known.get(id)
    if (known === undefined) return []
    known.lastSeen = now
    known.refreshMs = refreshMs ?? known.refreshMs
    if (known.state === 'silent') return [enter(known, 'active', now)]
    return known.state === 'evicted' ? [enter(known, 'joining', now)] : []
  }

  /** Does what has become due. */
  tick(rules: MembershipRules, now: number): readonly MemberChange[] {
    const changes: MemberChange[] = []
    for (const [id, known] of this.#known) {
      const age = now - known.since
      if (known.state === 'leaving' && age >= rules.member_grace) {
        this.#known.delete(id)
        changes.push({ id, from: 'leaving', to: undefined })
      } else if (known.state === 'joining' && age >= rules.member_grace) {
        changes.push(enter(known, 'active', now))
      } else if (known.state === 'active') {
        const quiet = now - Math.max(known.lastSeen ?? 0, known.since)
        const patience = rules.silent_after * (known.refreshMs ?? defaultRefreshMs)
        if (quiet > patience) changes.push(enter(known, 'silent', now))
      } else if (known.state === 'silent' && rules.evict_silent > 0 && age >= rules.evict_silent) {
        changes.push(enter(known, 'evicted', now))
      }
    }
    return changes
  }
}

function enter(known: Known, state: MemberState, now: number): MemberChange {
  const from = known.state
  known.state = state
  known.since = now
  return { id: known.spec.id, from, to: state }
}
