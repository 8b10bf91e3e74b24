import type { SignalSource } from '../run/index.js'

/** A source of signals that the test sends itself; takes the place of `process`. */
export interface FakeSignals extends SignalSource {
  /**
   * Calls the listeners of that signal.
   * @returns whether there was a listener; where there is none, Node would end a real process
   */
  send(signal: NodeJS.Signals): boolean
  /** How many listeners there are, of one signal or of all. */
  listenerCount(signal?: NodeJS.Signals): number
}

/** Makes a source of signals without touching the process. */
export function fakeSignals(): FakeSignals {
  type Listener = (signal: NodeJS.Signals) => void
  const listeners = new Map<NodeJS.Signals, Listener[]>()
  const of = (signal: NodeJS.Signals): Listener[] => listeners.get(signal) ?? []
  return {
    on(signal, listener) {
      listeners.set(signal, [...of(signal), listener])
    },
    off(signal, listener) {
      const at = of(signal).indexOf(listener)
      if (at >= 0) listeners.set(signal, of(signal).toSpliced(at, 1))
    },
    send(signal) {
      for (const listener of of(signal)) listener(signal)
      return of(signal).length > 0
    },
    listenerCount(signal) {
      const signals = signal === undefined ? [...listeners.keys()] : [signal]
      return signals.reduce((sum, one) => sum + of(one).length, 0)
    },
  }
}
