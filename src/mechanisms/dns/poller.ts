import type { DiscovererContext } from '../../discovery/mechanism.js'
import type { TargetGroup } from '../../discovery/groups/target-group.js'
import { type DnsConfig, type RecordType, recordTypeOf } from './config.js'
import { lookUp, type LookupParts } from './lookup.js'
import type { DnsMetrics } from './metrics.js'
import { groupOf } from './targets.js'

/** So many names are looked up at a time: each takes a socket. */
const width = 100

/** What one round of lookups gave. */
export interface Round {
  /** One group for each name that was looked up with success. */
  readonly groups: readonly TargetGroup[]
  /** Why the others were not. */
  readonly errors: readonly unknown[]
}

/** Looks up all names of a config. */
export class DnsPoller {
  readonly #config: DnsConfig
  readonly #type: RecordType
  readonly #context: DiscovererContext
  readonly #parts: LookupParts
  readonly #metrics: DnsMetrics

  constructor(
    config: DnsConfig,
    context: DiscovererContext,
    parts: Omit<LookupParts, 'logger'>,
    metrics: DnsMetrics,
  ) {
    this.#config = config
    this.#type = recordTypeOf(config) ?? 'SRV'
    this.#context = context
    this.#parts = { ...parts, logger: context.logger }
    this.#metrics = metrics
  }

  /** Never fails as a whole: a name that cannot be looked up only has no group. */
  async poll(signal: AbortSignal): Promise<Round> {
    const groups: TargetGroup[] = []
    const errors: unknown[] = []
    const names = this.#config.names.values()
    const lane = async (): Promise<void> => {
      for (const name of names) {
        try {
          groups.push(await this.#find(name, signal))
        } catch (error) {
          signal.throwIfAborted()
          this.#context.logger.error('Error refreshing DNS targets', { err: error })
          errors.push(error)
        }
      }
    }
    await Promise.all(Array.from({ length: Math.min(width, this.#config.names.length) }, lane))
    return { groups, errors }
  }

  async #find(name: string, signal: AbortSignal): Promise<TargetGroup> {
    try {
      const records = await lookUp(name, this.#type, this.#parts, signal)
      return groupOf(name, this.#config.port, records, this.#context.logger)
    } catch (error) {
      if (!signal.aborted) this.#metrics.failures.inc()
      throw error
    } finally {
      this.#metrics.lookups.inc()
    }
  }
}
