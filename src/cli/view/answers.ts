import type { Labels } from '../../labels/index.js'
import {
  bool,
  int,
  list,
  map,
  object,
  optional,
  type Shape,
  text,
} from '../../mechanisms/kit/shape.js'

// What the API answers, as far as it is shown.

/** A target of `/api/v1/targets/search`. */
export interface ItemElement {
  readonly id: string
  readonly pool: string
  readonly state: string
  readonly held: boolean
  readonly restored: boolean
  readonly scrapeUrl: string | undefined
  readonly labels: Labels | undefined
  readonly discoveredLabels: Labels
  readonly rule:
    | { readonly number: number; readonly action: string; readonly place: string | undefined }
    | undefined
  readonly error: string | undefined
  readonly provider: string
  readonly since: string | undefined
}

/** The `data` of `/api/v1/targets/search`. */
export interface SearchElement {
  readonly items: readonly ItemElement[]
  readonly groups: readonly { readonly value: string; readonly count: number }[]
  readonly matchedGroups: number
  readonly total: number
  readonly matched: number
  readonly byState: Readonly<Record<string, number>>
  readonly version: string
}

const labels = record(text)

export const searchAnswer: Shape<SearchElement> = object({
  items: list(
    object({
      id: text,
      pool: text,
      state: text,
      held: bool,
      restored: bool,
      scrapeUrl: optional(text),
      labels: optional(labels),
      discoveredLabels: labels,
      rule: optional(object({ number: int, action: text, place: optional(text) })),
      error: optional(text),
      provider: text,
      since: optional(text),
    }),
  ),
  groups: list(object({ value: text, count: int })),
  matchedGroups: int,
  total: int,
  matched: int,
  byState: record(int),
  version: text,
})

/** A provider of `/api/v1/providers`. */
export interface ProviderRow {
  readonly manager: string
  readonly name: string
  readonly mechanism: string
  readonly sets: readonly string[]
  readonly state: string
  readonly lastSuccess: string | undefined
  readonly lastError:
    | { readonly message: string; readonly kind: string; readonly at: string }
    | undefined
  readonly consecutiveFailures: number
  readonly failures: number
  readonly nextTry: string | undefined
  readonly groups: number
  readonly targets: number
  readonly updates: number
  readonly requests: number
  readonly staleSince: string | undefined
}

/** A set of which the guard keeps targets. */
export interface GuardRow {
  readonly manager: string
  readonly set: string
  readonly isFrozen: boolean
  readonly heldTargets: number
  readonly since: string | undefined
}

/** The `data` of `/api/v1/providers`. */
export const providerRows: Shape<{
  readonly providers: readonly ProviderRow[]
  readonly guarded: readonly GuardRow[]
}> = object({
  providers: list(
    object({
      manager: text,
      name: text,
      mechanism: text,
      sets: list(text),
      state: text,
      lastSuccess: optional(text),
      lastError: optional(object({ message: text, kind: text, at: text })),
      consecutiveFailures: int,
      failures: int,
      nextTry: optional(text),
      groups: int,
      targets: int,
      updates: int,
      requests: int,
      staleSince: optional(text),
    }),
  ),
  guarded: list(
    object({
      manager: text,
      set: text,
      isFrozen: bool,
      heldTargets: int,
      since: optional(text),
    }),
  ),
})

function record<T>(item: Shape<T>): Shape<Readonly<Record<string, T>>> {
  const entries = map(item)
  return { zero: {}, read: (value) => Object.fromEntries(entries.read(value)) }
}
