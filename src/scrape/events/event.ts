import type { ChangeCause } from '../../discovery/updates.js'
import type { Labels } from '../../labels/index.js'
import { clip } from '../clip.js'

// Nothing limits the length of labels.
const maxCharacters = 16 * 1024
const maxText = 1024

/**
 * What became of a target: it is `added`, `removed`, or `changed` to other labels; a rule has `dropped`
 * it; it `failed`, since no target can be made of it; its provider gave it up and the guard has it `held`.
 */
export const eventKinds = ['added', 'removed', 'changed', 'dropped', 'failed', 'held'] as const

export type EventKind = (typeof eventKinds)[number]

/** The relabelling rule that dropped a target. */
export interface EventRule {
  /** Its number among the job's rules, from 1. */
  readonly number: number
  readonly action: string
  /** `prometheus.yml:12:7`; undefined where the config came from no file. */
  readonly place: string | undefined
}

/** Whose target sets: `scrape` or `notify`, the Alertmanagers. */
export type EventManager = 'scrape' | 'notify'

/** What happened to one target, or to many in the same way. */
export interface EventFacts {
  readonly kind: EventKind
  readonly manager: EventManager
  readonly set: string
  /** `consul/0` */
  readonly provider: string
  /** Why its group changed. */
  readonly cause: ChangeCause
  /** As it was discovered. */
  readonly address?: string
  /** After relabelling, `__address__` and the like included. */
  readonly labels?: Labels
  /** Before relabelling, where no target came of it. */
  readonly discoveredLabels?: Labels
  /** What it had after relabelling before; of a changed one the labels that were different. */
  readonly before?: Labels
  readonly rule?: EventRule
  /** Why no target can be made of it. */
  readonly fault?: string
  /** How many targets the event is about, where they have no events of their own. */
  readonly count?: number
}

/** An event as it is kept. */
export interface EventEntry {
  /** Larger than that of every event before, those of an earlier run of the process included. */
  readonly id: number
  readonly facts: Pick<EventFacts, 'kind' | 'manager' | 'set' | 'provider' | 'cause'>
  /** The whole event as JSON. */
  readonly json: string
}

/** An event as JSON, of bounded length: labels that are too long are left out, and `cut` says so. */
export function eventJson(id: number, at: number, facts: EventFacts): string {
  const head = { id, at: new Date(at).toISOString() }
  const whole = shortJson(facts, head)
  if (whole !== undefined) return whole
  const { discoveredLabels: _discovered, before: _before, ...shorter } = facts
  const short = shortJson(shorter, head, { cut: true })
  if (short !== undefined) return short
  const { kind, manager, set, provider, cause, rule, address = '', fault } = facts
  const fields = {
    kind,
    manager,
    set: clip(set, maxText),
    provider: clip(provider, maxText),
    cause,
    address: clip(address, maxText),
    ...(rule && { rule }),
    ...(fault !== undefined && { fault: clip(fault, maxText) }),
  }
  return JSON.stringify({ ...head, ...fields, cut: true })
}

/** Undefined where it would be too long: that is known before a text is made, which may be impossible. */
function shortJson(facts: EventFacts, head: object, tail: object = {}): string | undefined {
  const { set, provider, address = '', fault = '', labels, discoveredLabels, before } = facts
  let characters = set.length + provider.length + address.length + fault.length
  for (const some of [labels, discoveredLabels, before]) {
    for (const name in some) characters += name.length + (some[name]?.length ?? 0)
    if (characters > maxCharacters) return undefined
  }
  const json = JSON.stringify({ ...head, ...facts, ...tail })
  return json.length <= maxCharacters ? json : undefined
}
