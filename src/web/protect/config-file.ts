import path from 'node:path'
import { type Logger, silentLogger } from '../../telemetry/index.js'
import { ConfigError, decodeText, yamlText } from '../../yaml/index.js'
import { readServerTlsNow, usesTls } from './certificates.js'
import { type WebConfig, webConfig } from './section.js'
import { checkUsers } from './users.js'
import { WatchedFile } from './watched-file.js'

/** The file of `--web.config.file`, read again whenever it has changed. */
export function webConfigFile(file: string, logger: Logger): WatchedFile<WebConfig> {
  const absolute = path.resolve(file)
  return new WatchedFile(absolute, logger, (bytes) => {
    const text = yamlText(absolute, bytes)
    const { value, issues } = decodeText(webConfig, absolute, text)
    if (issues.length > 0) throw new ConfigError(issues)
    return value
  })
}

/**
 * Reads and checks the whole file, certificates and hashes included, as `promtool check web-config` does.
 * @throws {ConfigError | WebConfigError} when it cannot be used
 */
export function checkWebConfig(file: string): WebConfig {
  const config = webConfigFile(file, silentLogger).now()
  checkUsers(config.basic_auth_users)
  if (usesTls(config.tls_server_config)) readServerTlsNow(config.tls_server_config)
  return config
}
