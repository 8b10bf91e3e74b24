/** Which jobs have something to be done, and when: milliseconds from any fixed point. */
export class DueJobs {
  readonly #due: Map<string, number> = new Map()
  /** Before these times nothing is done for a job. */
  readonly #notBefore: Map<string, number> = new Map()

  /** Something has to be done for a job, at this time or when it may be. */
  add(job: string, at: number): void {
    this.#due.set(job, at)
  }

  /** Nothing is done for a job before this time. */
  rest(job: string, until: number): void {
    this.#notBefore.set(job, until)
  }

  forget(job: string): void {
    this.#due.delete(job)
    this.#notBefore.delete(job)
  }

  /** The one that is due first. */
  first(): { readonly job: string; readonly at: number } | undefined {
    let first: { readonly job: string; readonly at: number } | undefined
    for (const [job, due] of this.#due) {
      const at = Math.max(due, this.#notBefore.get(job) ?? due)
      if (first === undefined || at < first.at) first = { job, at }
    }
    return first
  }

  /** It is being done. */
  take(job: string): void {
    this.#due.delete(job)
  }
}
