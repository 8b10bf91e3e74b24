import { type ChangeCause, type TargetEvent } from '../../discovery/updates.js'
import { differenceOf, missingTargets } from '../../discovery/groups/target-difference.js'
import { type Labels, labelValue } from '../../labels/index.js'
import type { EventKind, EventManager } from './event.js'
import type { EventLog } from './event-log.js'

/** Writes events of targets as discovery sees them: one for each up to a limit, the rest counted. */
export class DiscoveryEvents {
  readonly #log: EventLog
  readonly #limit: number

  constructor(log: EventLog, limit: number) {
    this.#log = log
    this.#limit = limit
  }

  /** The guard shows what a provider does not name any more: no pool sees a change. */
  held(manager: EventManager, event: TargetEvent): void {
    const missing = [...event.changes.values()].flatMap((change) =>
      missingTargets(change).map((target) => ({ ...change.before?.labels, ...target })),
    )
    this.#write('held', manager, event, missing)
  }

  /** What was added and removed in a set that has no pool. */
  changed(manager: EventManager, event: TargetEvent): void {
    const differences = [...event.changes.values()].map(differenceOf)
    const removed = differences.flatMap((difference) => difference.removed)
    const added = differences.flatMap((difference) => difference.added)
    this.#write('removed', manager, event, removed)
    this.#write('added', manager, event, added)
  }

  #write(
    kind: EventKind,
    manager: EventManager,
    { set, provider, cause }: { set: string; provider: string; cause: ChangeCause },
    targets: readonly Labels[],
  ): void {
    const head = { kind, manager, set, provider, cause }
    for (const discoveredLabels of targets.slice(0, this.#limit)) {
      const address = labelValue(discoveredLabels, '__address__')
      this.#log.add({ ...head, address, discoveredLabels })
    }
    const rest = targets.length - this.#limit
    if (rest > 0) this.#log.add({ ...head, count: rest })
  }
}
