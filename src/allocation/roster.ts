import type { TargetGroup } from '../discovery/groups/target-group.js'
import type { GroupKey, TargetUpdate } from '../discovery/updates.js'
import { type Labels, labelValue } from '../labels/index.js'
import { maxWork, Relabeler, type RelabelRule } from '../relabel/index.js'
import type { Logger } from '../telemetry/index.js'
import { compareIds, maxMemberWeight, type MemberSpec } from './member.js'

/** The target set of the members, in a discovery manager of its own. */
export const memberSet = 'members'

/** Groups of members to the members in them, by the rules of the file. */
export class Roster {
  readonly #relabeler: Relabeler
  readonly #logger: Logger
  readonly #groups: Map<GroupKey, TargetGroup> = new Map()
  /** What was logged is logged once. */
  readonly #odd: Set<string> = new Set()

  /** @throws {PatternError} when the regex of a rule is not valid */
  constructor(rules: readonly RelabelRule[], logger: Logger) {
    this.#relabeler = new Relabeler(rules, 'utf8', maxWork)
    this.#logger = logger
  }

  /** The same groups under other rules. */
  with(roster: Roster): Roster {
    for (const [key, group] of this.#groups) roster.#groups.set(key, group)
    return roster
  }

  take({ changes, removed }: Pick<TargetUpdate, 'changes' | 'removed'>): void {
    if (removed === true) this.#groups.clear()
    for (const [key, group] of changes) {
      if (group === undefined) this.#groups.delete(key)
      else this.#groups.set(key, group)
    }
  }

  /** Every member once, in the order of their ids. */
  members(): readonly MemberSpec[] {
    const found = new Map<string, MemberSpec>()
    for (const { labels, targets } of this.#groups.values()) {
      for (const own of targets) {
        const member = this.#memberOf({ ...labels, ...own })
        if (member === undefined) continue
        const other = found.get(member.id)
        if (other !== undefined) this.#say('Two members have one id', member.id)
        // Whichever is found first, the answer is the same.
        if (other === undefined || textOf(member) < textOf(other)) found.set(member.id, member)
      }
    }
    return [...found.values()].sort(compareIds)
  }

  #memberOf(discovered: Labels): MemberSpec | undefined {
    let labels: Labels | undefined
    try {
      labels = this.#relabeler.apply(discovered)
    } catch (err) {
      this.#logger.error('A member cannot be relabeled', { err })
      return undefined
    }
    if (labels === undefined) return undefined
    const value = (name: string): string => labelValue(labels, name)
    const id = value('__member_id__') || value('instance') || value('__address__')
    if (id === '') return undefined
    const written = value('__member_weight__')
    const weight = written === '' ? 1 : Number(written)
    const isWeight = Number.isInteger(weight) && weight >= 1 && weight <= maxMemberWeight
    if (!isWeight) this.#say('A member has a weight that is not a whole number from 1 to 64', id)
    const zone = value('__member_zone__')
    return { id, weight: isWeight ? weight : 1, zone, node: value('__member_node__') }
  }

  #say(message: string, id: string): void {
    const key = `${message} ${id}`
    if (this.#odd.has(key) || this.#odd.size > 1000) return
    this.#odd.add(key)
    this.#logger.warn(message, { member: id })
  }
}

function textOf({ weight, zone, node }: MemberSpec): string {
  return JSON.stringify([weight, zone, node])
}
