/** One line of the table in docs/reliability.md. */
export interface Row {
  /** Which part suffers: `consul`, `config file`. */
  readonly part: string
  readonly fault: string
  readonly kept: string
  readonly shown: string
  /** From the end of the fault until its targets are right and it says that all is well. */
  readonly recoveryMs: number
}

/** What a daemon under churn held at one moment, after a garbage collection. */
export interface Sample {
  /** `3 min`, or a word. */
  readonly at: string
  readonly changes: number
  readonly reloads: number
  readonly refusals: number
  readonly troubles: number
  readonly memoryMb: number
  readonly residentMb: number
  readonly files: number
  readonly timers: number
}

declare module 'vitest' {
  interface TaskMeta {
    faultRow?: Row
    soak?: readonly Sample[]
  }
}

const longest = 150

/** A message without what is another one in each run: ports, temporary folders, numbers of sockets. */
export function timeless(message: string): string {
  const text = message
    .replaceAll(/\/tmp\/muster-[a-zA-Z-]+\w*\//g, '')
    .replaceAll(/127\.0\.0\.1:\d+/g, 'server')
    .replaceAll(/\s+/g, ' ')
    .trim()
  return text.length > longest ? `${text.slice(0, longest)}…` : text
}
