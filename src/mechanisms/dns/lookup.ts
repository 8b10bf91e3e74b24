import type { Logger } from '../../telemetry/index.js'
import { errorMessage } from '../../telemetry/error-text.js'
import { DnsError } from './errors.js'
import type { DnsMessage } from './message.js'
import type { QueryServer } from './query.js'
import { candidates, parseResolvConf } from './resolv-conf.js'
import type { RecordType } from './section.js'

/** What a lookup needs from outside. */
export interface LookupParts {
  /** The text of resolv.conf, as it is now. */
  readonly readConfig: () => Promise<string>
  readonly query: QueryServer
  /** A number in [0, 1), for message ids. */
  readonly random: () => number
  /** Where servers listen; only tests have another than 53. */
  readonly port: number
  readonly logger: Logger
}

type Answers = DnsMessage['answers']

/** Codes that say something about the name; with any other the next server is asked. */
const viable = new Set(['NOERROR', 'NXDOMAIN'])

/**
 * Looks a name up as Prometheus does: the names that resolv.conf makes of it one after the other,
 * each with all servers.
 *
 * The first name that exists wins, even without records. When every server that answered says that
 * none of the names exist, there are no records. When that is not sure, since for one of the names no
 * server gave a usable answer, the lookup fails, and what is known stays.
 * @throws DnsError
 */
export async function lookUp(
  name: string,
  type: RecordType,
  parts: LookupParts,
  signal: AbortSignal,
): Promise<Answers> {
  const config = parseResolvConf(await readConfig(parts))
  let isSure = true
  for (const candidate of candidates(name, config)) {
    const message = await askServers(candidate, type, config.servers, parts, signal)
    if (message === undefined) isSure = false
    else if (message.rcode === 'NOERROR') return message.answers
  }
  if (isSure) return []
  throw new DnsError(
    `could not resolve "${name}": all servers responded with errors to at least one search domain`,
  )
}

async function readConfig({ readConfig: read }: LookupParts): Promise<string> {
  try {
    return await read()
  } catch (error) {
    throw new DnsError(`could not load resolv.conf: ${errorMessage(error)}`, { cause: error })
  }
}

/** The first usable answer of the servers; undefined when none has one. */
async function askServers(
  name: string,
  type: RecordType,
  servers: readonly string[],
  parts: LookupParts,
  signal: AbortSignal,
): Promise<DnsMessage | undefined> {
  const { query, random, port, logger } = parts
  // Once an answer was too large for UDP, the servers that follow are asked over TCP as well.
  let protocol: 'udp' | 'tcp' = 'udp'
  for (const address of servers) {
    const ask = (): Promise<DnsMessage> => {
      const question = { id: Math.floor(random() * 65_536), name, type }
      return query(protocol, question, { address, port }, signal)
    }
    try {
      let message = await ask()
      if (message.isTruncated && protocol === 'udp') {
        protocol = 'tcp'
        message = await ask()
      }
      if (message.isTruncated) {
        throw new DnsError('got truncated message on TCP (64kiB limit exceeded?)')
      }
      if (viable.has(message.rcode)) return message
      // As upstream, an answer that is of no use is not worth a warning.
    } catch (error) {
      signal.throwIfAborted()
      logger.warn('DNS resolution failed', { server: address, name, err: error })
    }
  }
  return undefined
}
