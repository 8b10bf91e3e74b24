import type { Labels } from '../../labels/index.js'
import {
  any,
  bool,
  int,
  list,
  map,
  object,
  optional,
  type Shape,
  text,
} from '../../mechanisms/kit/shape.js'

// What the API answers, as far as it is read. An answer of another shape is refused with the place of
// what is wrong; a key that is missing is empty, for an older muster has fewer.

/** An element of `activeTargets` or `droppedTargets`. */
export interface TargetElement {
  readonly discoveredLabels: Labels
  readonly scrapePool: string
  /** Only active targets have it. */
  readonly labels: Labels | undefined
  /** Only active targets have it. */
  readonly scrapeUrl: string | undefined
  readonly lastError: string
}

/** A step of `/api/v1/targets/relabel_steps`. */
export interface StepElement {
  readonly rule: Readonly<Record<string, unknown>>
  readonly output: Labels
  readonly keep: boolean
}

/** An event of `/api/v1/targets/events`. */
export interface EventElement {
  readonly at: string
  readonly kind: string
  readonly set: string
  readonly provider: string
  readonly cause: string
  readonly address: string
  readonly labels: Labels
  readonly discoveredLabels: Labels
  readonly before: Labels | undefined
  readonly rule: { readonly number: number; readonly place: string | undefined } | undefined
  readonly fault: string | undefined
}

/** An element of `/api/v1/providers`. */
export interface ProviderElement {
  readonly manager: string
  readonly name: string
  readonly sets: readonly string[]
  readonly state: string
  readonly lastSuccess: string | undefined
  readonly lastError: { readonly message: string } | undefined
  readonly nextTry: string | undefined
  readonly targets: number
  readonly staleSince: string | undefined
}

/** A set of which the guard keeps targets. */
export interface GuardElement {
  readonly manager: string
  readonly set: string
  readonly isFrozen: boolean
  readonly heldTargets: number
}

const labels = record(text)

export const targetElement: Shape<TargetElement> = object({
  discoveredLabels: labels,
  scrapePool: text,
  labels: optional(labels),
  scrapeUrl: optional(text),
  lastError: text,
})

const stepElement: Shape<StepElement> = object({ rule: record(any), output: labels, keep: bool })

const eventElement: Shape<EventElement> = object({
  at: text,
  kind: text,
  set: text,
  provider: text,
  cause: text,
  address: text,
  labels,
  discoveredLabels: labels,
  before: optional(labels),
  rule: optional(object({ number: int, place: optional(text) })),
  fault: optional(text),
})

const providerElement: Shape<ProviderElement> = object({
  manager: text,
  name: text,
  sets: list(text),
  state: text,
  lastSuccess: optional(text),
  lastError: optional(object({ message: text })),
  nextTry: optional(text),
  targets: int,
  staleSince: optional(text),
})

const guardElement: Shape<GuardElement> = object({
  manager: text,
  set: text,
  isFrozen: bool,
  heldTargets: int,
})

/** The `data` of `/api/v1/scrape_pools`. */
export const poolsAnswer: Shape<{ readonly scrapePools: readonly string[] | undefined }> = object({
  scrapePools: optional(list(text)),
})

/** The `data` of `/api/v1/targets/relabel_steps`. */
export const stepsAnswer: Shape<{
  readonly steps: readonly StepElement[]
  readonly places: readonly string[]
}> = object({ steps: list(stepElement), places: list(text) })

/** The `data` of `/api/v1/targets/events`. */
export const eventsAnswer: Shape<{ readonly events: readonly EventElement[] }> = object({
  events: list(eventElement),
})

/** The `data` of `/api/v1/providers`. */
export const providersAnswer: Shape<{
  readonly providers: readonly ProviderElement[]
  readonly guarded: readonly GuardElement[]
}> = object({ providers: list(providerElement), guarded: list(guardElement) })

/** The end of `/api/v1/targets`: how many targets the rules of each job drop. */
export const countsAnswer: Shape<{ readonly droppedTargetCounts: ReadonlyMap<string, number> }> =
  object({ droppedTargetCounts: map(int) })

function record<T>(item: Shape<T>): Shape<Readonly<Record<string, T>>> {
  const entries = map(item)
  return { zero: {}, read: (value) => Object.fromEntries(entries.read(value)) }
}
