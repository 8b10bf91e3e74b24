import { VirtualTimeScheduler } from 'rxjs'

/** A scheduler whose time stands still until the test moves it. It begins at 0 milliseconds. */
export class FakeClock extends VirtualTimeScheduler {
  /** Lets this many milliseconds pass: runs what is due by then, each at its own time. */
  advance(ms: number): void {
    const until = this.frame + ms
    this.maxFrames = until
    this.flush()
    this.frame = until
  }

  /** Lets time pass until the next timer is due, and runs it. */
  advanceToNext(): void {
    const due = this.#pending.map(({ delay }) => delay)
    this.advance(Math.max(0, Math.min(...due) - this.frame))
  }

  /** How many timers wait: 0 once everything was freed. */
  get pending(): number {
    return this.#pending.length
  }

  get #pending(): typeof this.actions {
    return this.actions.filter(({ closed }) => !closed)
  }
}
