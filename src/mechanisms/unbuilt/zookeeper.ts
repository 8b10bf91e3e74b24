import { duration, field, list, struct, text } from '../../yaml/index.js'
import type { Mechanism } from '../../discovery/mechanism.js'
import { always, seconds } from './fields.js'
import { unbuilt } from './unbuilt.js'

function treeWatcher(name: string): Mechanism {
  const section = struct(
    'zookeeper.plain',
    {
      servers: field(list(text), [], always),
      paths: field(list(text), [], always),
      timeout: field(duration, 10 * seconds),
    },
    (value, at) => {
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
    },
  )
  return unbuilt(name, section)
}

/** What stands in Zookeeper: Twitter's serversets and Airbnb's nerve. */
export const zookeeperMechanisms: readonly Mechanism[] = [
  treeWatcher('nerve'),
  treeWatcher('serverset'),
]
