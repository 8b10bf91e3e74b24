import { until } from '../../helpers/daemon.js'

/** What a process holds at one moment, after a garbage collection. */
export interface Vitals {
  /** Timers, sockets, servers, watches by kind, and listeners on the process by event. */
  readonly handles: Readonly<Record<string, number>>
  /** Open file descriptors. */
  readonly files: number
  /** Bytes in use, on the heap and beside it. */
  readonly memory: number
}

/** Compiled code, caches that are full at last: what a process may have more of at a later time. */
const slackBytes = 12 * 1024 * 1024

/** What a process may have more of, for a reason that can be named. */
export interface Allowance {
  readonly sockets: number
  readonly timers: number
}

/** How long idle connections may stay open, default a minute, and what may stay for good. */
export interface Settling {
  readonly deadlineMs?: number
  readonly allowance?: Allowance
}

const nothing: Allowance = { sockets: 0, timers: 0 }

/** What there is more of than before: kinds of handles with their excess, files, memory. */
export function excess(
  before: Vitals,
  after: Vitals,
  { sockets, timers }: Allowance = nothing,
): readonly string[] {
  const allowed: Readonly<Record<string, number>> = { TCPSocketWrap: sockets, Timeout: timers }
  const more = Object.entries(after.handles)
    .map(([kind, n]) => [kind, n - (before.handles[kind] ?? 0) - (allowed[kind] ?? 0)] as const)
    .filter(([, n]) => n > 0)
    .map(([kind, n]) => `${String(n)} ${kind}`)
  const files = after.files - before.files - sockets
  if (files > 0) more.push(`${String(files)} open files`)
  const memory = after.memory - before.memory
  if (memory > slackBytes) more.push(`${String(Math.round(memory / 1024 / 1024))} MiB`)
  return more
}

/** Waits until a process holds no more than before: idle connections close a while after their use. */
export async function noMoreThan(
  before: Vitals,
  look: () => Promise<Vitals>,
  { deadlineMs, allowance }: Settling = {},
): Promise<void> {
  let last: readonly string[] = []
  try {
    const isSo = async (): Promise<boolean> => {
      last = excess(before, await look(), allowance)
      return last.length === 0
    }
    await until('the process holds no more than before', isSo, deadlineMs)
  } catch (error) {
    throw new Error(`more than before: ${last.join(', ')}`, { cause: error })
  }
}
