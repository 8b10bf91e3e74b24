import { asyncScheduler, type SchedulerLike } from 'rxjs'
import type { Mechanism } from '../../discovery/mechanism.js'
import type { MechanismOptions } from '../kit/mechanism.js'
import { heapLimitOf, mostWeight } from '../kit/memory.js'
import { ConsulDiscoverer } from './discoverer.js'
import { consulMetrics } from './metrics.js'
import { type ConsulConfig, consulSection } from './section.js'
import { SharedClients } from './shared-clients.js'

/** What the Consul mechanism is built from. */
export interface ConsulMechanismOptions extends MechanismOptions {
  /** The time of shared watches; default the system's. */
  readonly scheduler?: SchedulerLike
  /** A number in [0, 1), for jitter. */
  readonly random?: () => number
}

/** How much of the heap there has to be for each service that is watched. */
const bytesPerService = 24 << 10

/**
 * `consul_sd_configs`. Discoverers of one mechanism share what they can: connections, and watches of
 * the same service with the same query.
 */
export function consulMechanism(options: ConsulMechanismOptions): Mechanism<ConsulConfig> {
  const { registry, userAgent, env: environment } = options
  const { scheduler = asyncScheduler, random = Math.random } = options
  const metrics = consulMetrics(registry)
  // A watch takes about ten kilobytes, and its group some more: half of the heap at most.
  const heapLimit = heapLimitOf(options)
  const room = {
    mostServices: Math.floor(heapLimit / bytesPerService),
    maxWeight: mostWeight(heapLimit),
  }
  const clients = new SharedClients({ metrics, scheduler, random, userAgent, environment })
  return {
    name: 'consul',
    key: 'consul_sd_configs',
    section: consulSection,
    create(config, context) {
      clients.check(config)
      return new ConsulDiscoverer(config, context, clients, room)
    },
  }
}
