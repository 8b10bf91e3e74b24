/** A part of a daemon that takes a new config in two steps. */
export interface Reloadable<C> {
  /** Says who it is in logs and in the answer to a refused reload. */
  readonly name: string
  /**
   * Does everything that can fail, and changes nothing that runs.
   * @throws whatever makes this config unusable; the reload is then refused as a whole
   */
  prepare(config: C): Prepared | Promise<Prepared>
}

/** A config that one part is ready to take. Exactly one of the two is called, once. */
export interface Prepared {
  /** What `commit` changes, in words a user knows; for the result of a reload, and the answer to a dry run. */
  readonly changes?: readonly string[]
  /**
   * Takes the config. Synchronous, and cannot fail. Where it gives a promise all the same, the answer to
   * the reload waits for that, and what it rejects with is a reason.
   */
  commit(): void
  /** Frees what `prepare` acquired. Cannot fail. */
  discard(): void
}
