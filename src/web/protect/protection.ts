import type { IncomingMessage } from 'node:http'
import type { MiddlewareHandler } from 'hono'
import type { Logger } from '../../telemetry/index.js'
import type { WebEnv } from '../context.js'
import type { WebServerOptions } from '../server/server.js'
import { bcryptComparer } from './bcrypt.js'
import { usesTls } from './certificates.js'
import { isVerified } from './client-auth.js'
import { checkWebConfig, webConfigFile } from './config-file.js'
import { isKnown, protectionMiddleware } from './middleware.js'
import { rateLimiter } from './rate-limit.js'
import { createTlsServer } from './tls-server.js'
import { UserCheck } from './users.js'

/** What `--web.config.file` asks of the web server. */
export interface WebProtection {
  /** Runs before every route. */
  readonly protect: MiddlewareHandler<WebEnv>
  /** Makes servers that speak TLS; undefined for plain ones. */
  readonly createServer: WebServerOptions['createServer']
  /** Whether it is known who sent a request, before its password is compared. */
  readonly isKnown: (request: IncomingMessage) => boolean
  /** Whether the client of a request has shown a certificate of an authority that the file names. */
  readonly isVerified: (request: IncomingMessage) => boolean
  /** Whether addresses begin with `https:`. */
  readonly isTls: boolean
}

export interface WebProtectionOptions {
  /** The path of the file; empty for none. */
  readonly file: string
  readonly logger: Logger
  /** A clock in milliseconds that never goes back, for the rate limit. */
  readonly now: () => number
}

/**
 * Builds the protection of the web server. Users, headers and certificates follow their files from
 * then on; TLS, HTTP/2 and the rate limit are chosen once, here.
 * @returns undefined when there is no file
 * @throws {ConfigError | WebConfigError} when the file cannot be used
 */
export function webProtection(options: WebProtectionOptions): WebProtection | undefined {
  const { file: name, logger } = options
  if (name === '') return undefined
  const {
    tls_server_config: tls,
    rate_limit: limit,
    http_server_config: http,
  } = checkWebConfig(name)
  const file = webConfigFile(name, logger)
  // What counts while the file system does not answer.
  file.now()
  const isTls = usesTls(tls)
  logger.info(isTls ? 'TLS is enabled.' : 'TLS is disabled.', { http2: isTls && http.http2 })
  const users = new UserCheck(bcryptComparer())
  return {
    protect: protectionMiddleware({
      file,
      logger,
      allow: rateLimiter(limit.interval, limit.burst, options.now),
      users,
    }),
    isKnown: isKnown({ file, users }),
    isVerified,
    createServer: isTls
      ? (limits, listener) => createTlsServer(file, logger, limits, listener)
      : undefined,
    isTls,
  }
}
