import { httpClientConfig } from '../../http/index.js'
import { bool, type Decoding, field, inline, struct, text } from '../../yaml/index.js'
import type { Mechanism } from '../../discovery/mechanism.js'
import { address, always, filters, polled, urlFault, word } from './fields.js'
import { unbuilt } from './unbuilt.js'

function checkHost(host: string, at: Decoding): void {
  const fault = host === '' ? 'host missing' : urlFault(host)
  if (fault !== undefined) at.failKey('host', fault)
}

const docker = struct(
  'moby.plain',
  {
    http: inline(httpClientConfig),
    host: address,
    ...polled,
    filters: field(filters, [], always),
    host_networking_host: field(text, 'localhost', always),
    match_first_network: field(bool, true, always),
  },
  (value, at) => checkHost(value.host, at),
)

const roles = ['services', 'nodes', 'tasks']

const swarm = struct(
  'moby.plain',
  {
    http: inline(httpClientConfig),
    host: address,
    role: word,
    ...polled,
    filters: field(filters, [], always),
  },
  (value, at) => {
    checkHost(value.host, at)
    if (value.role === '') at.failKey('role', 'role missing (one of: tasks, services, nodes)')
    else if (!roles.includes(value.role)) {
      at.failKey('role', `invalid role ${value.role}, expected tasks, services, or nodes`)
    }
  },
)

/** Docker engines and swarms. */
export const dockerMechanisms: readonly Mechanism[] = [
  unbuilt('docker', docker),
  unbuilt('dockerswarm', swarm),
]
