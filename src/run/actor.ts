import { GroupUsageError } from './errors.js'

/**
 * One member of a group: a pair of functions, after Go's oklog/run.
 *
 * `interrupt` makes `execute` settle. It is called at most once by a group, may come before
 * `execute` has done anything, and must be harmless after `execute` has settled.
 */
export interface Actor {
  /** Says who it is in logs, events and reports. */
  readonly name: string
  /** Does the work; settles when the work is over. */
  execute(): Promise<void>
  /** Asks `execute` to settle. `reason` is what the first actor of the group settled with. */
  interrupt(reason: unknown): void | Promise<void>
}

/**
 * Checks what is added to a group, for those who call it without types.
 * @throws GroupUsageError unless it has a name, an `execute` and an `interrupt`
 */
export function checkActor(actor: Actor): void {
  const given: unknown = actor
  const { name, execute, interrupt } = (given ?? {}) as Partial<Record<keyof Actor, unknown>>
  if (typeof name !== 'string' || name === '') {
    throw new GroupUsageError('an actor needs a name: add({ name, execute, interrupt })')
  }
  for (const [key, method] of Object.entries({ execute, interrupt })) {
    if (typeof method === 'function') continue
    throw new GroupUsageError(`actor "${name}" has no ${key}(): add({ name, execute, interrupt })`)
  }
}
