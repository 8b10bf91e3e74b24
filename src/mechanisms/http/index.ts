import type { Registry } from 'prom-client'
import { createHttpClient, type Environment } from '../../http/index.js'
import type { Mechanism } from '../../discovery/index.js'
import { httpDiscoverer } from './discoverer.js'
import { httpSdMetrics } from './metrics.js'
import { type HttpSdConfig, httpSection } from './section.js'

export interface HttpMechanismOptions {
  /** Gets the mechanism's metric. */
  readonly registry: Registry
  /** For `proxy_from_environment` and `SSL_CERT_FILE`. */
  readonly env: Environment
  /** Who asks, for the server; default `muster`. */
  readonly userAgent?: string
}

/** Targets from a URL that answers with a JSON list of target groups: `http_sd_configs`. */
export function httpMechanism(options: HttpMechanismOptions): Mechanism<HttpSdConfig> {
  const metrics = httpSdMetrics(options.registry)
  const { env: environment, userAgent = 'muster' } = options
  return {
    name: 'http',
    key: 'http_sd_configs',
    section: httpSection,
    create(config, context) {
      const client = (): ReturnType<typeof createHttpClient> =>
        createHttpClient(config.http, { userAgent, environment })
      // One that connects to nothing, to hear now what a subscription would only fail with later.
      client()
      return httpDiscoverer(config, context, metrics, client)
    },
  }
}
