import { httpClientConfig } from '../http/index.js'
import { field, inline, struct, text } from '../yaml/index.js'
import type { MechanismFactory } from './kit/mechanism.js'
import { always, faultOfDockerHost, filters, maskedUrl, pollKeys } from './kit/section.js'
import { unbuilt } from './kit/unbuilt.js'

const roles = ['services', 'nodes', 'tasks']

const section = struct(
  'moby.plain',
  {
    http: inline(httpClientConfig),
    host: field(maskedUrl, '', always),
    role: field(text, '', always),
    ...pollKeys,
    filters: field(filters, [], always),
  },
  (value, at) => {
    const fault = faultOfDockerHost(value.host)
    if (fault !== undefined) at.failKey('host', fault)
    if (value.role === '') at.failKey('role', 'role missing (one of: tasks, services, nodes)')
    else if (!roles.includes(value.role)) {
      at.failKey('role', `invalid role ${value.role}, expected tasks, services, or nodes`)
    }
  },
)

/** `dockerswarm_sd_configs`: services, nodes or tasks of a Docker swarm. */
export const dockerswarm: MechanismFactory = unbuilt({ name: 'dockerswarm', section })
