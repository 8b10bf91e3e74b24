import { dump, load } from 'js-yaml'
import { escapeQuery } from '../../src/go/format-url.js'

type Job = Readonly<Record<string, unknown>>

export interface ReceiverOptions {
  /** Where the Target Allocator is, without a slash at the end. */
  readonly endpoint: string
  /** Put into URLs as it is. */
  readonly collectorId: string
  /** The collector's environment. */
  readonly env?: Readonly<Record<string, string>>
}

/**
 * Does what the `targetallocator` manager of the OpenTelemetry Collector's Prometheus receiver does: it asks for the scrape
 * configs, gives each job an http_sd of its own in place of its discovery, and hands the whole to Prometheus' code.
 * Like it, it looks at no status: a body that is a map is taken, an empty one has no jobs, and for any
 * other it keeps the jobs that it has.
 */
export class ReceiverTwin {
  readonly #options: ReceiverOptions
  #jobs: ReadonlyMap<string, Job> = new Map()

  constructor(options: ReceiverOptions) {
    this.#options = options
  }

  /** The names of the jobs that it runs. */
  get jobs(): readonly string[] {
    return [...this.#jobs.keys()]
  }

  /**
   * Asks once, as it does every `interval`.
   * @throws where the body is no map of jobs
   */
  async sync(): Promise<void> {
    const { endpoint, env = {} } = this.#options
    const response = await fetch(`${endpoint}/scrape_configs`)
    const body = (await response.text()).replaceAll('$(SHARD)', env['SHARD'] ?? '0')
    const parsed: unknown = body === '' ? {} : load(body)
    if (typeof parsed !== 'object' || parsed === null)
      throw new Error(`not a map of scrape configs: ${body}`)
    this.#jobs = new Map(
      Object.entries(parsed as Record<string, Job>).map(([name, job]) => [
        name,
        this.#withHttpSd(name, job),
      ]),
    )
  }

  /** What Prometheus' code runs now: a `prometheus.yml`. */
  config(global: Job = {}): string {
    return dump({ global, scrape_configs: [...this.#jobs.values()] })
  }

  #withHttpSd(name: string, job: Job): Job {
    const { endpoint, collectorId } = this.#options
    const others = Object.entries(job).filter(([key]) => !/_sd_configs$|^static_configs$/.test(key))
    return {
      ...Object.fromEntries(others),
      http_sd_configs: [
        {
          url: `${endpoint}/jobs/${escapeQuery(name)}/targets?collector_id=${collectorId}`,
          refresh_interval: '30s',
          follow_redirects: false,
        },
      ],
      fallback_scrape_protocol: job['fallback_scrape_protocol'] ?? 'PrometheusText0.0.4',
      convert_classic_histograms_to_nhcb: true,
    }
  }
}
