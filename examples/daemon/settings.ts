import { readFile } from 'node:fs/promises'

/** What the config file says. */
export interface Settings {
  readonly greeting: string
  /** How long a job takes that does not say so itself. */
  readonly jobMs: number
}

/** Reads the file again. Throws what is wrong with it, before anything changes. */
export async function readSettings(path: string, signal: AbortSignal): Promise<Settings> {
  const value: unknown = JSON.parse(await readFile(path, { encoding: 'utf8', signal }))
  if (!isSettings(value)) throw new Error(`${path}: needs "greeting" (text) and "jobMs" (number)`)
  return value
}

function isSettings(value: unknown): value is Settings {
  if (typeof value !== 'object' || value === null) return false
  if (!('greeting' in value) || !('jobMs' in value)) return false
  return typeof value.greeting === 'string' && typeof value.jobMs === 'number'
}
