import { Counter, Gauge, type Registry } from 'prom-client'
import type { MemberStatus } from './source.js'

/** What the metrics are read from when they are asked for. */
export interface AllocationNumbers {
  readonly strategy: string
  readonly fingerprint: string
  readonly members: readonly MemberStatus[]
  /** Members that get targets. */
  readonly allocatable: number
  readonly targets: number
  readonly unassigned: number
  readonly overlapping: number
  /** Targets that wait for their turn to move. */
  readonly pending: number
}

/** Why a target moves: its member is `gone`, or another one is `better`. */
export type MoveReason = 'gone' | 'better'

/**
 * The metrics of the allocation, and those of the Target Allocator by their names, so that its dashboards go
 * on working.
 */
export class AllocationMetrics {
  readonly #moves: Counter<'reason'>

  constructor(registry: Registry, read: () => AllocationNumbers | undefined) {
    const registers = [registry]
    this.#moves = new Counter({
      name: 'muster_allocation_moves_total',
      help: 'Number of targets that were given to another member.',
      labelNames: ['reason'],
      registers,
    })
    for (const reason of ['gone', 'better']) this.#moves.inc({ reason }, 0)
    const gauge = <L extends string>(
      name: string,
      help: string,
      labelNames: readonly L[],
      set: (gauge: Gauge<L>, numbers: AllocationNumbers) => void,
    ): void => {
      const made: Gauge<L> = new Gauge<L>({
        name,
        help,
        labelNames,
        registers,
        collect() {
          made.reset()
          const numbers = read()
          if (numbers !== undefined) set(made, numbers)
        },
      })
    }
    gauge(
      'muster_allocation_overlapping',
      'Number of targets that have an old member beside their new one.',
      [],
      (made, { overlapping }) => made.set(overlapping),
    )
    gauge(
      'muster_allocation_moves_pending',
      'Number of targets that wait to be moved, as the budget allows.',
      [],
      (made, { pending }) => made.set(pending),
    )
    gauge(
      'muster_allocation_fingerprint_info',
      'What the owners follow from; equal on replicas that agree.',
      ['fingerprint'],
      (made, { fingerprint }) => made.set({ fingerprint }, 1),
    )
    gauge(
      'muster_allocation_member_state',
      'The state of each member.',
      ['member', 'state'],
      (made, { members }) => {
        for (const { id, state } of members) made.set({ member: id, state }, 1)
      },
    )
    gauge(
      'muster_allocation_member_last_seen_seconds',
      'When each member last asked for a list, in seconds since 1970.',
      ['member'],
      (made, { members }) => {
        for (const { id, lastSeen } of members) {
          if (lastSeen !== undefined) made.set({ member: id }, lastSeen / 1000)
        }
      },
    )
    gauge(
      'opentelemetry_allocator_targets_per_collector',
      'The number of targets for each collector.',
      ['collector_name', 'strategy'],
      (made, { members, strategy }) => {
        for (const { id, targets } of members) made.set({ collector_name: id, strategy }, targets)
      },
    )
    gauge(
      'opentelemetry_allocator_collectors_allocatable',
      'Number of collectors the allocator is able to allocate to.',
      ['strategy'],
      (made, { allocatable, strategy }) => made.set({ strategy }, allocatable),
    )
    gauge(
      'opentelemetry_allocator_targets_remaining',
      'Number of targets kept after filtering.',
      [],
      (made, { targets }) => made.set(targets),
    )
    gauge(
      'opentelemetry_allocator_targets_unassigned',
      'Number of targets that could not be assigned due to missing node label.',
      ['strategy'],
      (made, { unassigned, strategy }) => made.set({ strategy }, unassigned),
    )
  }

  moved(reason: MoveReason): void {
    this.#moves.inc({ reason })
  }
}
