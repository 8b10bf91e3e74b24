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
