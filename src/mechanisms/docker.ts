import { httpClientConfig } from '../http/index.js'
import { bool, field, inline, struct, text } from '../yaml/index.js'
import type { MechanismFactory } from './kit/mechanism.js'
import { always, faultOfDockerHost, filters, maskedUrl, pollKeys } from './kit/section.js'
import { unbuilt } from './kit/unbuilt.js'

const section = struct(
  'moby.plain',
  {
    http: inline(httpClientConfig),
    host: field(maskedUrl, '', always),
    ...pollKeys,
    filters: field(filters, [], always),
    host_networking_host: field(text, 'localhost', always),
    match_first_network: field(bool, true, always),
  },
  (value, at) => {
    const fault = faultOfDockerHost(value.host)
    if (fault !== undefined) at.failKey('host', fault)
  },
)

/** `docker_sd_configs`: containers of a Docker engine. */
export const docker: MechanismFactory = unbuilt({ name: 'docker', section })
