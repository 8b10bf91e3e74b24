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

  /** The number of timers that wait. */
  get waiting(): number {
    return this.actions.filter((action) => !action.closed).length
  }
}
