import type { Actor } from './actor.js'
import { GroupUsageError } from './errors.js'

/** Groups start, stop and report level by level on one stack, which has to be deep enough for each. */
export const maxLevels = 100

/** Groups, or supervised actors, are too deep inside each other. Trying again cannot help. */
export class LevelsError extends GroupUsageError {
  /** @param what could not be done */
  constructor(what: string) {
    super(`${what}: groups can be ${String(maxLevels)} levels deep`)
  }
}

/** What a group calls when it takes an actor that runs groups of its own. */
export const takenBy: unique symbol = Symbol('taken by')

/** An actor that runs groups, which count as inside of the group that it was added to. */
export interface RunsGroups<G> extends Actor {
  /** @param makeInner makes a group inside; throws {@link LevelsError} where that is too deep */
  [takenBy](makeInner: (name: string) => G): void
}

export function runsGroups<G>(actor: Actor): actor is RunsGroups<G> {
  return takenBy in actor
}
