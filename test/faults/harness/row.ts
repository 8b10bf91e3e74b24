import type { Vitals } from './vitals.js'

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

declare module 'vitest' {
  interface TaskMeta {
    faultRow?: Row
  }
}

/** A message without what is another one in each run: ports, temporary folders, numbers of sockets. */
export function timeless(message: string): string {
  return message
    .replaceAll(/\/tmp\/muster-[a-zA-Z-]+\w*\//g, '')
    .replaceAll(/127\.0\.0\.1:\d+/g, 'server')
    .replaceAll(/\s+/g, ' ')
    .slice(0, 150)
}

/** Handles and memory in a few words, for errors and tables. */
export function printVitals({ handles, files, memory }: Vitals): string {
  const kinds = Object.entries(handles).map(([kind, n]) => `${kind} ${String(n)}`)
  return [...kinds, `files ${String(files)}`, `${(memory / 1e6).toFixed(1)} MB`].join(', ')
}
