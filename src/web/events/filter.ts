import { labelValue } from '../../labels/index.js'
import type { EventEntry } from './entry.js'

/** Which lines are asked for; an undefined part lets all through. */
export type EventFilter = Readonly<
  Partial<Record<'manager' | 'set' | 'provider' | 'cause' | 'kind' | 'address', string>>
>

/** Whether a line is one of those. `address` is compared with `__address__` as discovered. */
export function matches(filter: EventFilter, entry: EventEntry): boolean {
  const { address, ...exact } = filter
  for (const key of ['manager', 'set', 'provider', 'cause', 'kind'] as const) {
    if (exact[key] !== undefined && exact[key] !== entry[key]) return false
  }
  if (address === undefined) return true
  return entry.kind !== 'unlisted' && labelValue(entry.labels, '__address__') === address
}
