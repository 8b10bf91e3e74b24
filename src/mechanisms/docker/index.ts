import { httpClientConfig } from '../../http/index.js'
import { bool, field, inline, struct, type StructValue, text } from '../../yaml/index.js'
import {
  dockerBaseUrl,
  dockerClient,
  dockerRefusal,
  faultOfDockerHost,
} from '../kit/docker-host.js'
import type { MechanismFactory } from '../kit/mechanism.js'
import { polled } from '../kit/polled.js'
import { always, filters, maskedUrl, pollKeys } from '../kit/section.js'

const keys = {
  http: inline(httpClientConfig),
  host: field(maskedUrl, '', always),
  ...pollKeys,
  filters: field(filters, [], always),
  host_networking_host: field(text, 'localhost', always),
  match_first_network: field(bool, true, always),
}

/** The section of `docker_sd_configs`. */
export type Config = StructValue<typeof keys>

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
