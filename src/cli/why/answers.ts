import type { Labels } from '../../labels/index.js'

/** An element of `activeTargets` or `droppedTargets`, as far as it is read. */
export interface TargetElement {
  readonly discoveredLabels: Labels
  readonly scrapePool: string
  /** Only active targets have it. */
  readonly labels?: Labels
  readonly scrapeUrl?: string
  readonly lastError?: string
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
  readonly manager: string
  readonly set: string
  readonly provider: string
  readonly cause: string
  readonly address?: string
  readonly labels?: Labels
  readonly discoveredLabels?: Labels
  readonly before?: Labels
  readonly rule?: { readonly number: number; readonly action: string; readonly place?: string }
  readonly fault?: string
}

/** An element of `/api/v1/providers`. */
export interface ProviderElement {
  readonly manager: string
  readonly name: string
  readonly sets: readonly string[]
  readonly state: string
  readonly lastSuccess: string | null
  readonly lastError: { readonly message: string } | null
  readonly nextTry: string | null
  readonly targets: number
  readonly staleSince: string | null
}

/** A set of which the guard keeps targets. */
export interface GuardElement {
  readonly manager: string
  readonly set: string
  readonly isFrozen: boolean
  readonly heldTargets: number
}
