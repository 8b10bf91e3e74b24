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
  /** Called with the first signal, before the group stops. */
  readonly onSignal?: (signal: NodeJS.Signals) => void
  /**
   * A second SIGINT: the user at the keyboard will not wait any longer. End the process here, and say
   * who blocked. A second SIGTERM does not come here: orchestrators repeat it as a matter of course.
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
  const listener = (signal: NodeJS.Signals): void => {
    // First, so that a callback that throws does not keep the group; it stops a microtask later.
    over.open()
    received += 1
    if (received === 1) options.onSignal?.(signal)
    if (signal === 'SIGINT') interrupts += 1
    if (signal === 'SIGINT' && interrupts > 1) options.onForce?.(group.report())
  }
  return {
    name: options.name ?? 'signals',
    async execute() {
      for (const signal of signals) source.on(signal, listener)
      // Node does not count signal listeners as work: a process that only waits for one would end.
      const alive = setInterval(() => {}, 2 ** 31 - 1)
      void group.ended.then(() => {
        clearInterval(alive)
        for (const signal of signals) source.off(signal, listener)
      })
      await over.opened
    },
    interrupt() {
      over.open()
    },
  }
}
