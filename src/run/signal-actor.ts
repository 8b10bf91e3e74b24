import type { Actor } from './actor.js'
import { Gate } from './gate.js'
import type { StopReport } from './report.js'

/** Where signals come from: `process`, or a fake one in tests. */
export interface SignalSource {
  on(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown
  off(signal: NodeJS.Signals, listener: (signal: NodeJS.Signals) => void): unknown
}

/** What {@link signalActor} is given. */
export interface SignalActorOptions {
  readonly source: SignalSource
  /** The group it is added to: listeners stay until that has ended, and its report is what `onForce` gets. */
  readonly group: { readonly ended: Promise<void>; report(): StopReport }
  /** Default `signals`. */
  readonly name?: string
  /** Default SIGINT and SIGTERM. */
  readonly signals?: readonly NodeJS.Signals[]
  /** Called with the first signal, before the group stops. What it throws is what the actor rejects with. */
  readonly onSignal?: (signal: NodeJS.Signals) => void
  /**
   * A second SIGINT: the user at the keyboard will not wait any longer. End the process here, and say
   * who blocked. A second SIGTERM does not come here: orchestrators repeat it as a matter of course.
   * What it throws goes on to where the signal came from: for `process` an uncaught exception, which
   * ends the process as well.
   */
  readonly onForce?: (report: StopReport) => void
}

/**
 * Ends well at the first signal, and so stops its group. It stays until the group has ended: its
 * listeners, so that a repeated signal does not kill the process in the middle, and a timer, because
 * to wait for a signal alone does not keep a Node process alive.
 */
export function signalActor(options: SignalActorOptions): Actor {
  const { source, group, signals = ['SIGINT', 'SIGTERM'] } = options
  const over = new Gate('signal')
  let received = 0
  let interrupts = 0
  let failure: { readonly error: unknown } | undefined
  const listener = (signal: NodeJS.Signals): void => {
    // First, so that a callback that throws does not keep the group; it stops a microtask later.
    over.open()
    received += 1
    try {
      if (received === 1) options.onSignal?.(signal)
    } catch (error) {
      failure = { error }
    }
    if (signal === 'SIGINT') interrupts += 1
    if (signal === 'SIGINT' && interrupts > 1) options.onForce?.(group.report())
  }
  return {
    name: options.name ?? 'signals',
    async execute() {
      // Node does not count signal listeners as work: a process that only waits for one would end.
      const alive = setInterval(() => {}, 2 ** 31 - 1)
      const forget = (): void => {
        clearInterval(alive)
        for (const signal of signals) source.off(signal, listener)
      }
      try {
        for (const signal of signals) source.on(signal, listener)
      } catch (error) {
        forget()
        throw error
      }
      // The group is over, and its outcome is known: what goes wrong with its listeners has no place in it.
      group.ended.then(forget).catch(() => undefined)
      await over.opened
      if (failure !== undefined) throw failure.error
    },
    interrupt() {
      over.open()
    },
  }
}
