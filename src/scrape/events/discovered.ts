import { type ChangeCause, type TargetEvent } from '../../discovery/updates.js'
import { differenceOf, missingTargets } from '../../discovery/groups/target-difference.js'
import { type Labels, labelValue } from '../../labels/index.js'
import type { EventKind, EventManager } from './event.js'
import type { EventLog } from './event-log.js'

/** Tells of targets as discovery sees them, so many one by one and the rest as a number. */
export class DiscoveredTargets {
  readonly #log: EventLog
  readonly #room: number

  constructor(log: EventLog, room: number) {
    this.#log = log
    this.#room = room
  }

  /** The guard shows what a provider does not name any more: no pool sees a change. */
  held(manager: EventManager, event: TargetEvent): void {
    const missing = [...event.changes.values()].flatMap((change) =>
      missingTargets(change).map((target) => ({ ...change.before?.labels, ...target })),
    )
    this.#tell('held', manager, event, missing)
  }

  /** What came and went where no pool follows. */
  changed(manager: EventManager, event: TargetEvent): void {
    const differences = [...event.changes.values()].map(differenceOf)
    const gone = differences.flatMap(({ removed }) => removed)
    const come = differences.flatMap(({ added }) => added)
    this.#tell('removed', manager, event, gone)
    this.#tell('added', manager, event, come)
  }

  #tell(
    kind: EventKind,
    manager: EventManager,
    { set, provider, cause }: { set: string; provider: string; cause: ChangeCause },
    targets: readonly Labels[],
  ): void {
    const head = { kind, manager, set, provider, cause }
    for (const discoveredLabels of targets.slice(0, this.#room)) {
      const address = labelValue(discoveredLabels, '__address__')
      this.#log.add({ ...head, address, discoveredLabels })
    }
    const rest = targets.length - this.#room
    if (rest > 0) this.#log.add({ ...head, count: rest })
  }
}
