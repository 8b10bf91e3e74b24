import { createRequire } from 'node:module'
import type * as undici from 'undici'

// Each from its own file: undici's index would load fetch, web sockets, caches and mocks as well,
// which takes three times as long and eight MiB more.
const part = createRequire(import.meta.url)

/** Undici's agent. */
export const Agent: typeof undici.Agent = part('undici/lib/dispatcher/agent.js')
/** Undici's single connection. */
export const Client: typeof undici.Client = part('undici/lib/dispatcher/client.js')
/** Makes undici's own connector. */
export const buildConnector: typeof undici.buildConnector = part('undici/lib/core/connect.js')

interface Symbols {
  readonly kSocket: symbol
  readonly kParser: symbol
  readonly kRunning: symbol
}

const symbols = part('undici/lib/core/symbols.js') as Symbols
/** Where a client keeps its socket. */
export const kSocket: unique symbol = symbols.kSocket as never
/** Where a socket keeps its parser. */
export const kParser: unique symbol = symbols.kParser as never
/** Where a client says how many of its requests are under way. */
export const kRunning: unique symbol = symbols.kRunning as never
