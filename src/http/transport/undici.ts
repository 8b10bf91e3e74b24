// Each from its own file: undici's index would load fetch, web sockets, caches and mocks as well,
// which takes three times as long and eight MiB more.
import type * as undici from 'undici'
import connect from 'undici/lib/core/connect.js'
import symbols from 'undici/lib/core/symbols.js'
import agent from 'undici/lib/dispatcher/agent.js'
import client from 'undici/lib/dispatcher/client.js'

/** Undici's agent. */
export const Agent: typeof undici.Agent = agent
/** Undici's single connection. */
export const Client: typeof undici.Client = client
/** Makes undici's own connector. */
export const buildConnector: typeof undici.buildConnector = connect

/** Where a client keeps its socket. */
export const kSocket: unique symbol = symbols.kSocket as never
/** Where a socket keeps its parser. */
export const kParser: unique symbol = symbols.kParser as never
/** Where a client says how many of its requests are under way. */
export const kRunning: unique symbol = symbols.kRunning as never
