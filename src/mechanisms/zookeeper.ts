import { duration, field, list, struct, type StructType, text } from '../yaml/index.js'
import type { MechanismFactory } from './kit/mechanism.js'
import { always, second } from './kit/section.js'
import { unbuilt } from './kit/unbuilt.js'

/** Both are trees in ZooKeeper with the same keys; only the errors name them. */
function sectionOf(name: string): StructType<unknown> {
  return struct(
    'zookeeper.plain',
    {
      servers: field(list(text), [], always),
      paths: field(list(text), [], always),
      timeout: field(duration, 10 * second),
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
}

/** `nerve_sd_configs`: what Airbnb's nerve registers in ZooKeeper. */
export const nerve: MechanismFactory = unbuilt({ name: 'nerve', section: sectionOf('nerve') })

/** `serverset_sd_configs`: Twitter's serversets in ZooKeeper. */
export const serverset: MechanismFactory = unbuilt({
  name: 'serverset',
  section: sectionOf('serverset'),
})
