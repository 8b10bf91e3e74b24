import type { NumberedEntry } from './log.js'

/** A line as the API shows it. */
export function printed({ id, entry }: NumberedEntry): object {
  const { at, ...rest } = entry
  return { id, at: new Date(at).toISOString(), ...rest }
}
