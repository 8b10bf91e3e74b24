import type { SectionPlan } from './section-plan.js'

/**
 * Which set of discovery a running set of Alertmanagers follows, and what the config that was committed
 * last wants of it.
 */
export type Placement =
  /** It follows `name`, as the config says. */
  | { readonly kind: 'settled'; readonly name: string }
  /**
   * The config wants it to follow `to` under `plan`, which begins with the first update of `to` in the
   * generation of that config. Until then it follows `from`, unless that set belongs to another by now.
   */
  | {
      readonly kind: 'moving'
      readonly from: string | undefined
      readonly to: string
      readonly plan: SectionPlan
    }
  /** The config does not have it: it ends with the first update of `name` in the generation of that config. */
  | { readonly kind: 'leaving'; readonly name: string }

/** The set of discovery whose groups it has now; undefined where it follows none. */
export function followed(placement: Placement): string | undefined {
  return placement.kind === 'moving' ? placement.from : placement.name
}

/**
 * Where a running set is once discovery has sent an update of the set `name` in the generation of the
 * config.
 * @returns undefined where it ends
 */
export function nextPlacement(placement: Placement, name: string): Placement | undefined {
  switch (placement.kind) {
    case 'settled':
      return placement
    case 'moving':
      if (placement.to === name) return { kind: 'settled', name }
      return placement.from === name ? { ...placement, from: undefined } : placement
    case 'leaving':
      return placement.name === name ? undefined : placement
  }
}
