import { TLSSocket } from 'node:tls'
import type { Agent as AgentType, buildConnector } from 'undici'
import { takeLenientAnswers } from './lenient-parser.js'
import { Agent, Client } from './undici.js'

/**
 * How many requests share an HTTP/2 connection. Servers allow 100 or more; one beyond what they allow
 * would wait behind others that may take minutes.
 */
const h2Streams = 100

/**
 * An agent whose requests share open HTTP/2 connections. Left to itself, undici opens one for each
 * request that runs at the same time: only after its handshake is it known how many requests a
 * connection can carry. Requests that find no room still open one each.
 */
export function sharingAgent(
  connect: buildConnector.connector,
  options: Omit<AgentType.Options, 'connect'>,
): AgentType {
  const h2Hosts = new Set<string>()
  const agent = new Agent({
    ...options,
    connect: (target, callback) => {
      connect(target, (...outcome) => {
        const [, socket] = outcome
        const isH2 = socket instanceof TLSSocket && socket.alpnProtocol === 'h2'
        if (isH2 && target.host !== undefined) h2Hosts.add(target.host)
        callback(...outcome)
      })
    },
  })
  agent.on('connect', (origin, targets) => {
    const client = targets.at(-1)
    if (!(client instanceof Client)) return
    takeLenientAnswers(client)
    if (h2Hosts.has(origin.host)) client.pipelining = h2Streams
  })
  return agent
}
