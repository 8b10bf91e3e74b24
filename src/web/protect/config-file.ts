import path from 'node:path'
import { ConfigError, decodeText, Places } from '../../yaml/index.js'
import { WebConfigError } from './errors.js'
import { type WebConfig, webConfig } from './section.js'
import { WatchedFile } from './watched-file.js'

/** The modular crypt format of bcrypt: version, cost, salt and hash. */
const bcryptHash = /^\$2[aby]?\$[0-9]{2}\$[./A-Za-z0-9]{53}$/

/** The file of `--web.config.file`, read again whenever it has changed. */
export function webConfigFile(file: string): WatchedFile<WebConfig> {
  const absolute = path.resolve(file)
  return new WatchedFile(absolute, (text) => {
    const { value, issues } = decodeText(webConfig, absolute, text, new Places())
    if (issues.length > 0) throw new ConfigError(issues)
    return value
  })
}

/**
 * Looks at every hash.
 * @throws {WebConfigError} naming the first user whose password cannot be checked
 */
export function checkUsers(users: WebConfig['basic_auth_users']): void {
  for (const [name, hash] of Object.entries(users)) {
    if (!bcryptHash.test(hash.reveal())) {
      throw new WebConfigError(
        `basic_auth_users: the password of ${JSON.stringify(name)} is not a bcrypt hash`,
      )
    }
  }
}
