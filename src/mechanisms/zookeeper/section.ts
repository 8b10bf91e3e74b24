import { duration, field, list, struct, type StructType, text } from '../../yaml/index.js'
import { always, second } from '../kit/section.js'

/** What both mechanisms are configured with. */
export interface ZookeeperConfig {
  readonly servers: readonly string[]
  readonly paths: readonly string[]
  /** That of the session, in milliseconds. */
  readonly timeout: number
}

/** Both are trees in ZooKeeper with the same keys; only the errors name them. */
export function zookeeperSection(name: string): StructType<ZookeeperConfig> {
  const keys = {
    servers: field(list(text), [], always),
    paths: field(list(text), [], always),
    timeout: field(duration, 10 * second),
  }
  return struct('zookeeper.plain', keys, (value, at) => {
    if (value.servers.length === 0) {
      at.failKey('servers', `${name} SD config must contain at least one Zookeeper server`)
    }
    if (value.paths.length === 0) {
      at.failKey('paths', `${name} SD config must contain at least one path`)
    }
    const relative = value.paths.find((path) => !path.startsWith('/'))
    if (relative !== undefined) {
      at.failKey('paths', `${name} SD config paths must begin with '/': ${relative}`)
    }
  })
}
