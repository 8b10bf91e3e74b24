import { Counter, type Registry, Summary } from 'prom-client'
import {
  createHttpClient,
  type HttpClientConfig,
  HttpConfigError,
  httpClientConfig,
  redactUrl,
} from '../../http/index.js'
import { duration, field, inline, struct, text } from '../../yaml/index.js'
import type { MechanismFactory } from '../kit/mechanism.js'
import { polled } from '../kit/polled.js'
import { faultOfServerUrl, maskedUrl, minute, second } from '../kit/section.js'

/** One element of `kuma_sd_configs`. */
export interface KumaConfig {
  readonly http: HttpClientConfig
  /** Milliseconds from the start of one fetch to the start of the next, at least. */
  readonly refresh_interval: number
  /** How long the control plane may hold a fetch; milliseconds. */
  readonly fetch_timeout: number
  readonly server: string
  readonly client_id: string
}

const section = struct(
  'xds.plain',
  {
    http: inline(httpClientConfig),
    refresh_interval: field(duration, 15 * second),
    fetch_timeout: field(duration, 2 * minute),
    server: field(maskedUrl),
    client_id: field(text),
  },
  ({ server }, at) => {
    const fault =
      server === ''
        ? 'kuma SD server must not be empty: '
        : faultOfServerUrl(
            server,
            `kuma SD server must not be empty and have a scheme: ${redactUrl(server)}`,
          )
    if (fault !== undefined) at.failKey('server', fault)
  },
)

/** `kuma_sd_configs`: monitoring assignments of a Kuma control plane. */
export const kuma: MechanismFactory = (options) => {
  const metrics = kumaMetrics(options.registry)
  return polled<KumaConfig>({
    name: 'kuma',
    section,
    baseUrl: endpointOf,
    // The control plane holds a fetch until something changes: that, and as much again for the way.
    timeoutMs: (config) => config.fetch_timeout + 15 * second,
    failures: {
      name: 'prometheus_sd_kuma_fetch_failures_total',
      help: 'The number of Kuma MADS fetch call failures.',
    },
    refusal:
      () =>
      ({ status }) =>
        `non 200 status '${String(status)}' response during xDS fetch`,
    client(config, given) {
      if (!/^https?:/i.test(config.server)) {
        const want = "must be either 'http' or 'https'"
        throw new HttpConfigError(`kuma_sd: invalid xDS server URL protocol. ${want}`)
      }
      return createHttpClient(config.http, given)
    },
    async load() {
      const { assignments } = await import('./search.js')
      return { groups: (config, context) => assignments(config, context, metrics) }
    },
  })(options)
}

function endpointOf({ server }: KumaConfig): string {
  const url = new URL(server)
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/v3/discovery:monitoringassignments`
  url.search = ''
  url.hash = ''
  return url.href
}

/** The metrics of fetches; all discoverers share them, as in Prometheus. */
export interface KumaMetrics {
  /** One fetch took this long, waiting for a change included. */
  observe(seconds: number): void
  /** One fetch told that nothing changed. */
  skipped(): void
}

function kumaMetrics(registry: Registry): KumaMetrics {
  const registers = [registry]
  const skipped = new Counter({
    name: 'prometheus_sd_kuma_fetch_skipped_updates_total',
    help: 'The number of Kuma MADS fetch calls that result in no updates to the targets.',
    registers,
  })
  const durations = new Summary({
    name: 'prometheus_sd_kuma_fetch_duration_seconds',
    help: 'The duration of a Kuma MADS fetch call.',
    percentiles: [0.5, 0.9, 0.99],
    maxAgeSeconds: 600,
    ageBuckets: 2,
    registers,
  })
  return {
    observe: (seconds) => durations.observe(seconds),
    skipped: () => skipped.inc(),
  }
}
