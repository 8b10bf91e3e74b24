import type { SchedulerLike } from 'rxjs'
import type { Logger } from '../telemetry/index.js'
import type { Type } from '../yaml/index.js'
import type { Discoverer } from './discoverer.js'
import type { RefreshMetrics } from './refresh-metrics.js'

/** What a discoverer is given beside its config. */
export interface DiscovererContext {
  /** Carries `discovery=<mechanism>` and `config=<set>` already. */
  readonly logger: Logger
  /** The target set that created the discoverer: the `config` label of its metrics. */
  readonly set: string
  /** All time comes from here. */
  readonly scheduler: SchedulerLike
  /** A number in [0, 1), for jitter. */
  readonly random: () => number
  readonly refreshMetrics: RefreshMetrics
  /**
   * A discoverer that goes on after an error (one of many watches failed) says so here; the provider
   * shows it as its last error until {@link DiscovererContext.reportHealthy} or the next groups.
   * @param nextTry when it is tried again, on the scheduler's clock (milliseconds), where known
   */
  reportError(error: unknown, nextTry?: number): void
  /**
   * Everything that was reported as an error is well again, or an answer came that changed nothing:
   * the time of the provider's last success is now.
   */
  reportHealthy(): void
  /**
   * Some of what was asked for could not be had yet, and it is too early to call that an error. As
   * after {@link DiscovererContext.reportError}, groups from before that the first answer does not
   * name stay, until everything is healthy.
   */
  reportPartial?(): void
  /** A request goes out: for the count that people see beside the provider. */
  countRequest?(): void
}

/** One way to find targets: the section that configures it, and the discoverer built from that. */
export interface Mechanism<C = unknown> {
  /** `consul`: names the provider (`consul/0`), the log field and the metrics label. */
  readonly name: string
  /** The key of its list in a scrape config or an alertmanager config: `consul_sd_configs`. */
  readonly key: string
  /** How one element of the list is read, checked and printed. */
  readonly section: Type<C>
  /**
   * The elements of the list together make one provider (`static_configs`): `create` gets the array of
   * them. Without this each element makes a provider of its own.
   */
  readonly wholeList?: true
  /**
   * Builds the discoverer; touches neither network nor timers (those wait for a subscriber).
   * @throws when the config cannot work as it is, such as a CA file that is missing; it is tried again
   * from time to time, unless the error has `permanent: true`
   */
  create(config: C, context: DiscovererContext): Discoverer
}
