import type { Settling } from './vitals.js'

/**
 * What stays once Consul was seen at its limit of connections: three watches of its tables, which
 * tell when to ask for what has no connection of its own. Idle connections stay for five minutes.
 */
export const afterLimit: Settling = {
  deadlineMs: 400_000,
  allowance: { sockets: 3, timers: 6 },
}
