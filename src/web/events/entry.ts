import { differenceOf, type ChangeCause, type TargetEvent } from '../../discovery/target-event.js'
import type { Labels } from '../../labels/index.js'

/** One line of the event log: a target that came or went. */
export interface TargetEntry {
  readonly kind: 'added' | 'removed'
  /** As discovered, before relabelling. */
  readonly labels: Labels
}

/** Stands for changes too many to be listed one by one. */
export interface UnlistedEntry {
  readonly kind: 'unlisted'
  readonly groups: number
  readonly targetsBefore: number
  readonly targetsAfter: number
}

/** What every line says. */
export interface Occasion {
  /** Milliseconds since 1970. */
  readonly at: number
  readonly manager: string
  readonly set: string
  readonly provider: string
  readonly cause: ChangeCause
}

export type EventEntry = Occasion & (TargetEntry | UnlistedEntry)

/** Targets of one event that are compared: a few milliseconds of work, however large the event. */
const maxCompared = 500

/** The lines one event of a discovery manager makes. */
export function* entriesOf(manager: string, event: TargetEvent): Generator<EventEntry> {
  const { at, set, provider, cause, changes } = event
  const occasion: Occasion = { at, manager, set, provider, cause }
  let left = maxCompared
  let groups = 0
  let targetsBefore = 0
  let targetsAfter = 0
  for (const change of changes.values()) {
    const before = change.before?.targets.length ?? 0
    const after = change.after?.targets.length ?? 0
    if (before + after > left) {
      groups += 1
      targetsBefore += before
      targetsAfter += after
      continue
    }
    left -= before + after
    const { added, removed } = differenceOf(change)
    for (const labels of removed) yield { ...occasion, kind: 'removed', labels }
    for (const labels of added) yield { ...occasion, kind: 'added', labels }
  }
  if (groups > 0) yield { ...occasion, kind: 'unlisted', groups, targetsBefore, targetsAfter }
}
