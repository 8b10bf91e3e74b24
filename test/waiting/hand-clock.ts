import { type TurnClock, Turns } from '../../src/waiting/turns.js'

/** A clock that goes on by a millisecond each time it is read; turns come when the test says. */
export class HandClock implements TurnClock {
  #ms = 0
  #waiting: (() => void)[] = []

  now(): number {
    this.#ms += 1
    return this.#ms
  }

  later(callback: () => void): void {
    this.#waiting.push(callback)
  }

  /** How many callbacks wait for the next turn. */
  get waiting(): number {
    return this.#waiting.length
  }

  /** One turn of the event loop. */
  turn(): void {
    const callbacks = this.#waiting
    this.#waiting = []
    for (const callback of callbacks) callback()
  }
}

/** Turns whose clock stands still: everything is done at once, whatever it takes. */
export function standingTurns(): Turns {
  return new Turns({ clock: { now: () => 0, later: () => {} } })
}
