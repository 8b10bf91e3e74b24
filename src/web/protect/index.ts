import type { MiddlewareHandler } from 'hono'
import type { Logger } from '../../telemetry/index.js'
import type { WebEnv } from '../context.js'
import type { WebServerOptions } from '../server/server.js'
import { bcryptComparer } from './bcrypt.js'
import { readServerTls, usesTls } from './certificates.js'
import { checkUsers, webConfigFile } from './config-file.js'
import { protection } from './middleware.js'
import { rateLimiter } from './rate-limit.js'
import type { WebConfig } from './section.js'
import { createTlsServer } from './tls-server.js'
import { UserCheck } from './users.js'

export { WebConfigError } from './errors.js'
export type { WebConfig } from './section.js'

/** What `--web.config.file` puts before the web server. */
export interface WebProtection {
  /** Stands before every route. */
  readonly protect: MiddlewareHandler<WebEnv>
  /** Makes servers that speak TLS; undefined for plain ones. */
  readonly createServer: WebServerOptions['createServer']
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
 * Reads and checks the whole file, certificates and hashes included, as `promtool check web-config` does.
 * @throws {ConfigError | WebConfigError} when it cannot be used
 */
export function checkWebConfig(file: string): WebConfig {
  const config = webConfigFile(file).current()
  checkUsers(config.basic_auth_users)
  if (usesTls(config.tls_server_config)) readServerTls(config.tls_server_config)
  return config
}

/**
 * Builds what stands before the web server. Users, headers and certificates follow their files from
 * then on; the choice of TLS, HTTP/2 and rate limit is made here.
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
  const file = webConfigFile(name)
  const isTls = usesTls(tls)
  logger.info(isTls ? 'TLS is enabled.' : 'TLS is disabled.', { http2: isTls && http.http2 })
  return {
    protect: protection({
      file,
      logger,
      allow: rateLimiter(limit.interval, limit.burst, options.now),
      users: new UserCheck(bcryptComparer()),
    }),
    createServer: isTls
      ? (limits, listener) => createTlsServer(file, logger, limits, listener)
      : undefined,
    isTls,
  }
}
