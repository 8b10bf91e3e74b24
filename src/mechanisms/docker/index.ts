import { type HttpClientConfig, httpClientConfig } from '../../http/index.js'
import { bool, field, inline, struct, text } from '../../yaml/index.js'
import {
  dockerBaseUrl,
  dockerClient,
  dockerRefusal,
  faultOfDockerHost,
} from '../kit/docker-host.js'
import type { MechanismFactory } from '../kit/mechanism.js'
import { polled } from '../kit/polled.js'
import { always, type Filter, filters, maskedUrl, pollKeys } from '../kit/section.js'

/** The section of `docker_sd_configs`. */
export interface Config {
  readonly http: HttpClientConfig
  readonly host: string
  readonly refresh_interval: number
  readonly port: number
  readonly filters: readonly Filter[]
  readonly host_networking_host: string
  readonly match_first_network: boolean
}

const keys = {
  http: inline(httpClientConfig),
  host: field(maskedUrl, '', always),
  ...pollKeys,
  filters: field(filters, [], always),
  host_networking_host: field(text, 'localhost', always),
  match_first_network: field(bool, true, always),
}

const section = struct('moby.plain', keys, (value, at) => {
  const fault = faultOfDockerHost(value.host)
  if (fault !== undefined) at.failKey('host', fault)
})

/** `docker_sd_configs`: containers of a Docker engine. */
export const docker: MechanismFactory = polled<Config>({
  name: 'docker',
  section,
  baseUrl: dockerBaseUrl,
  client: dockerClient,
  refusal: () => dockerRefusal,
  load: () => import('./search.js'),
})
