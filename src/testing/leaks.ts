import { type EventEmitter, getEventListeners } from 'node:events'

/** Where {@link leaksOf} looks beside the handles of the process. */
export interface LeakOptions {
  /** Listeners on these are counted: `process`, a server, a fake. */
  readonly emitters?: Readonly<Record<string, EventEmitter>>
  /** `abort` listeners on these are counted. */
  readonly signals?: Readonly<Record<string, AbortSignal>>
  /** Milliseconds that handles get to close: sockets do so a little after they are told. Default 2 s. */
  readonly settleMs?: number
}

/**
 * Does some work, and names what there is more of afterwards than before: timers, sockets, servers,
 * watches, child processes (as `process.getActiveResourcesInfo()` calls them), and listeners.
 *
 * For real timers; with faked ones ask the faker how many are left. What was there before does not
 * count, so a test framework's own handles do no harm.
 *
 * @returns one entry per leaked thing, such as `Timeout` or `listener SIGTERM of process`
 */
export async function leaksOf(
  work: () => Promise<void>,
  options: LeakOptions = {},
): Promise<readonly string[]> {
  const before = count(options)
  await work()
  // A server that was told to listen, for one, has its handle a turn later.
  await new Promise(setImmediate)
  const deadline = performance.now() + (options.settleMs ?? 2_000)
  let leaks = excess(before, count(options))
  while (leaks.length > 0 && performance.now() < deadline) {
    await new Promise((resolve) => {
      setTimeout(resolve, 10)
    })
    leaks = excess(before, count(options))
  }
  return leaks
}

function count({ emitters = {}, signals = {} }: LeakOptions): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  const add = (what: string, n: number): void => {
    counts.set(what, (counts.get(what) ?? 0) + n)
  }
  for (const resource of process.getActiveResourcesInfo()) {
    // An immediate is over before it could be freed.
    if (resource !== 'Immediate') add(resource, 1)
  }
  for (const [name, emitter] of Object.entries(emitters)) {
    for (const event of emitter.eventNames()) {
      add(`listener ${String(event)} of ${name}`, emitter.listenerCount(event))
    }
  }
  for (const [name, signal] of Object.entries(signals)) {
    add(`listener abort of ${name}`, getEventListeners(signal, 'abort').length)
  }
  return counts
}

function excess(
  before: ReadonlyMap<string, number>,
  after: ReadonlyMap<string, number>,
): readonly string[] {
  return [...after].flatMap(([what, n]) =>
    Array.from({ length: Math.max(0, n - (before.get(what) ?? 0)) }, () => what),
  )
}
