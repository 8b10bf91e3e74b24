import { VirtualTimeScheduler } from 'rxjs'

/** A clock that stands still until the test moves it. */
export class StepScheduler extends VirtualTimeScheduler {
  /** Lets this many milliseconds pass, and everything that is due within them happen. */
  pass(ms: number): void {
    const until = this.frame + ms
    this.maxFrames = until
    this.flush()
    this.frame = until
  }

  /** Lets time pass until the next timer is due. */
  passToNext(): void {
    const due = this.actions.filter((action) => !action.closed).map((action) => action.delay)
    this.pass(Math.max(0, Math.min(...due) - this.frame))
  }

  /** The number of timers that wait. */
  get waiting(): number {
    return this.actions.filter((action) => !action.closed).length
  }
}
