import { Counter, type Registry } from 'prom-client'
import {
  createHttpClient,
  type HttpClient,
  type HttpClientConfig,
  HttpConfigError,
  httpClientConfig,
  redactUrl,
} from '../../http/index.js'
import { always, faultOfHttpUrl, maskedUrl, minute } from '../kit/section.js'
import { bool, duration, field, inline, struct, text } from '../../yaml/index.js'
import type { MechanismFactory, MechanismOptions } from '../kit/mechanism.js'
import { heapLimitOf, mostWeight } from '../kit/memory.js'
import { onDemand } from '../kit/on-demand.js'

/** One element of `nomad_sd_configs`. */
export interface NomadConfig {
  readonly allow_stale: boolean
  readonly http: HttpClientConfig
  /** `*` for all of them. */
  readonly namespace: string
  /** Milliseconds. */
  readonly refresh_interval: number
  readonly region: string
  readonly server: string
  readonly tag_separator: string
}

const section = struct(
  'nomad.plain',
  {
    allow_stale: field(bool, true, always),
    http: inline(httpClientConfig),
    namespace: field(text, 'default', always),
    refresh_interval: field(duration, minute, always),
    region: field(text, 'global', always),
    server: field(maskedUrl, 'http://localhost:4646', always),
    tag_separator: field(text, ','),
  },
  (value, at) => {
    if (value.server.trim() === '') {
      at.failKey('server', 'nomad SD configuration requires a server address')
    }
  },
)

/** What all discoverers of a process share. */
export interface NomadShared {
  /** One request gave no usable answer. */
  readonly countFailure: () => void
  /** How much the instances of one Nomad may make, in the weight of JSON values. */
  readonly maxWeight: number
  /** Makes the HTTP client of a config, without connecting. @throws where the config cannot work as it is */
  readonly connect: (config: NomadConfig) => HttpClient
}

/** `nomad_sd_configs`: services that are registered with HashiCorp Nomad. */
export const nomad: MechanismFactory = onDemand<NomadConfig, NomadShared>({
  name: 'nomad',
  section,
  shared: ({ registry, env: environment, userAgent, ...options }: MechanismOptions) => ({
    countFailure: failureCounter(registry),
    maxWeight: mostWeight(heapLimitOf(options)),
    connect: ({ http }) => createHttpClient(http, { userAgent, environment }),
  }),
  check(config, { connect }) {
    const fault = faultOfHttpUrl(config.server)
    if (fault !== undefined) {
      throw new HttpConfigError(`invalid address '${redactUrl(config.server)}': ${fault}`)
    }
    if (!(config.refresh_interval > 0)) {
      throw new HttpConfigError('refresh_interval must be greater than 0')
    }
    // One that connects to nothing, to hear now what a subscription would only fail with later.
    connect(config)
  },
  load: async () => (await import('./discoverer.js')).discover,
})

function failureCounter(registry: Registry): () => void {
  const failures = new Counter({
    name: 'prometheus_sd_nomad_failures_total',
    help: 'Number of nomad service discovery refresh failures.',
    registers: [registry],
  })
  return () => failures.inc()
}
