import { Buffer } from 'node:buffer'
import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import type { MiddlewareHandler } from 'hono'
import type { Logger } from '../../telemetry/index.js'
import type { WebEnv } from '../context.js'
import { replyText } from '../reply/reply.js'
import { BusyError } from './bcrypt.js'
import type { RateLimiter } from './rate-limit.js'
import type { WebConfig } from './section.js'
import type { UserCheck } from './users.js'
import type { WatchedFile } from './watched-file.js'

/** The name and password of a Basic Authorization header; undefined for any other. */
export function parseBasic(
  header: string | undefined,
): [name: string, password: string] | undefined {
  const [, encoded] = /^basic ([A-Za-z0-9+/]*={0,2})$/i.exec(header ?? '') ?? []
  if (encoded === undefined) return undefined
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  return colon < 0 ? undefined : [text.slice(0, colon), text.slice(colon + 1)]
}

export interface ProtectionParts {
  readonly file: WatchedFile<WebConfig>
  readonly allow: RateLimiter
  readonly users: UserCheck
  readonly logger: Logger
}

/**
 * Tells whether it is known who sent a request, before anything is done for it: no users are asked for, or
 * the password was found right before, or the client's certificate is of a known authority.
 */
export function isKnown({
  file,
  users,
}: Pick<ProtectionParts, 'file' | 'users'>): (request: IncomingMessage) => boolean {
  return (request) => {
    const config = file.last
    if (config === undefined) return false
    const { basic_auth_users: known } = config
    if (Object.keys(known).length === 0) return true
    if ((request.socket as Partial<TLSSocket>).authorized === true) return true
    const login = parseBasic(request.headers.authorization)
    return login !== undefined && users.knows(known, ...login)
  }
}

/** What runs before every route, in Prometheus' order: the config as it is now, rate limit, headers, users. */
export function protectionMiddleware(parts: ProtectionParts): MiddlewareHandler<WebEnv> {
  const { file, allow, users, logger } = parts
  return async (c, next) => {
    let config: WebConfig
    try {
      config = await file.current()
    } catch (error) {
      logger.error('Unable to parse configuration', { err: error })
      return replyText(c, 500, 'Internal Server Error\n')
    }
    if (!allow()) return replyText(c, 429, 'Too Many Requests\n')
    for (const [name, value] of Object.entries(config.http_server_config.headers)) {
      c.header(name, value)
    }
    const { basic_auth_users: known } = config
    if (Object.keys(known).length === 0) {
      await next()
      return
    }
    const login = parseBasic(c.req.header('Authorization'))
    let isAllowed: boolean
    try {
      const address = c.env.incoming.socket.remoteAddress ?? ''
      isAllowed = login !== undefined && (await users.allows(known, ...login, address))
    } catch (error) {
      if (!(error instanceof BusyError)) throw error
      return replyText(c, 429, 'Too Many Requests\n')
    }
    if (isAllowed) {
      await next()
      return
    }
    c.header('WWW-Authenticate', 'Basic')
    return replyText(c, 401, 'Unauthorized\n')
  }
}
