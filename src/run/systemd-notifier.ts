import type { Actor } from './actor.js'
import type { Gate } from './gate.js'
import { timerMs } from './timer-ms.js'

/** Sends one notification to the service manager: lines such as `READY=1`. */
export type NotifySend = (lines: readonly string[]) => Promise<void>

/** What {@link systemdNotifier} is given. */
export interface SystemdNotifierOptions {
  /** Carries the message: {@link systemdNotifyCommand}, or a datagram socket of your own. */
  readonly send: NotifySend
  /** `READY=1` is sent when it opens. */
  readonly ready: Gate
  /** What systemd set: NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID. Without the first nothing is sent. */
  readonly env: Readonly<Record<string, string | undefined>>
  /**
   * Told when a notification could not be sent, or `healthy` or `monotonicNs` threw; the daemon goes on
   * without it. What it throws itself is what the actor rejects with at its end.
   */
  readonly onError: (error: unknown) => void
  /** While it says false no WATCHDOG=1 is sent, and systemd restarts the service. */
  readonly healthy?: () => boolean
  /** Default `process.pid`. */
  readonly pid?: number
  /** CLOCK_MONOTONIC in nanoseconds. Default `process.hrtime.bigint`, which is that on Linux. */
  readonly monotonicNs?: () => bigint
  /** Default `systemd`. */
  readonly name?: string
}

/** Tells systemd where its service stands (sd_notify(3)); an actor of the group it tells about. */
export interface SystemdNotifier extends Actor {
  /** A reload begins. With `Type=notify-reload` systemd waits for the `reloaded` that has to follow. */
  reloading(): void
  /** The reload is over, whether it was taken or refused. */
  reloaded(): void
  /** One line for `systemctl status`. */
  status(text: string): void
}

/**
 * Makes the actor: `READY=1` when the gate opens, `WATCHDOG=1` twice per WATCHDOG_USEC (which proves
 * that the event loop turns), `STOPPING=1` when interrupted. Messages go out one at a time, in order.
 */
export function systemdNotifier(options: SystemdNotifierOptions): SystemdNotifier {
  const { env, ready, healthy = () => true, monotonicNs = () => process.hrtime.bigint() } = options
  const enabled = (env['NOTIFY_SOCKET'] ?? '') !== ''
  const watchdogMs = enabled ? watchdogInterval(env, options.pid ?? process.pid) : undefined
  const stop = new AbortController()
  let sent = Promise.resolve()
  let queued = 0
  let failure: { readonly error: unknown } | undefined
  /** Makes the lines when a state is reported, and sends them after those before them. */
  const tellWith = (make: () => readonly string[]): void => {
    if (!enabled) return
    queued += 1
    const lines = settled(make)
    sent = sent
      .then(async () => options.send(await lines))
      .catch(options.onError)
      .catch((error: unknown) => {
        failure ??= { error }
      })
      .finally(() => {
        queued -= 1
      })
  }
  const tell = (...lines: readonly string[]): void => tellWith(() => lines)
  const beat = (): void => {
    // Behind a slow message another beat would only make the queue longer.
    if (queued > 0) return
    let isHealthy = false
    try {
      isHealthy = healthy()
    } catch (error) {
      tellWith(() => {
        throw error
      })
    }
    if (isHealthy) tell('WATCHDOG=1')
  }
  return {
    name: options.name ?? 'systemd',
    reloading: () =>
      tellWith(() => ['RELOADING=1', `MONOTONIC_USEC=${String(monotonicNs() / 1000n)}`]),
    reloaded: () => tell('READY=1'),
    status: (text) => tell(`STATUS=${text.replaceAll('\n', ' ')}`),
    async execute() {
      const forget = ready.onOpen(() => tell('READY=1'))
      const timer = watchdogMs === undefined ? undefined : setInterval(beat, watchdogMs)
      if (!stop.signal.aborted) {
        await new Promise<void>((resolve) => {
          stop.signal.addEventListener('abort', () => resolve(), { once: true })
        })
      }
      clearInterval(timer)
      forget()
      tell('STOPPING=1')
      await sent
      if (failure !== undefined) throw failure.error
    },
    interrupt() {
      stop.abort()
    },
  }
}

/** Calls it now; what it throws rejects the promise, and is handled where that is awaited. */
function settled<T>(make: () => T): Promise<T> {
  const promise = (async () => make())()
  promise.catch(() => undefined)
  return promise
}

/** Half of what systemd allows, as sd_watchdog_enabled(3) recommends; undefined when it is not meant. */
function watchdogInterval(env: SystemdNotifierOptions['env'], pid: number): number | undefined {
  const usec = Number(env['WATCHDOG_USEC'])
  const forPid = env['WATCHDOG_PID']
  if (!Number.isSafeInteger(usec) || usec <= 0) return undefined
  if (forPid !== undefined && forPid !== String(pid)) return undefined
  return timerMs(usec / 2000)
}
