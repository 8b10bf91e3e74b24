import { type HttpClientConfig, httpClientConfig } from '../../http/index.js'
import { field, inline, struct, text } from '../../yaml/index.js'
import {
  dockerBaseUrl,
  dockerClient,
  dockerRefusal,
  faultOfDockerHost,
} from '../kit/docker-host.js'
import type { MechanismFactory } from '../kit/mechanism.js'
import { polled } from '../kit/polled.js'
import { always, type Filter, filters, maskedUrl, pollKeys } from '../kit/section.js'

const roles = ['services', 'nodes', 'tasks']

/** The section of `dockerswarm_sd_configs`. */
export interface Config {
  readonly http: HttpClientConfig
  readonly host: string
  readonly role: string
  readonly refresh_interval: number
  readonly port: number
  readonly filters: readonly Filter[]
}

const keys = {
  http: inline(httpClientConfig),
  host: field(maskedUrl, '', always),
  role: field(text, '', always),
  ...pollKeys,
  filters: field(filters, [], always),
}

const section = struct('moby.plain', keys, (value, at) => {
  const fault = faultOfDockerHost(value.host)
  if (fault !== undefined) at.failKey('host', fault)
  if (value.role === '') at.failKey('role', 'role missing (one of: tasks, services, nodes)')
  else if (!roles.includes(value.role)) {
    at.failKey('role', `invalid role ${value.role}, expected tasks, services, or nodes`)
  }
})

/** `dockerswarm_sd_configs`: services, nodes or tasks of a Docker swarm. */
export const dockerswarm: MechanismFactory = polled<Config>({
  name: 'dockerswarm',
  section,
  baseUrl: dockerBaseUrl,
  client: dockerClient,
  refusal: () => dockerRefusal,
  load: () => import('./search.js'),
})
