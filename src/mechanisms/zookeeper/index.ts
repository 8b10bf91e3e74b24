import { heapLimitOf } from '../kit/memory.js'
import type { MechanismFactory } from '../kit/mechanism.js'
import { onDemand } from '../kit/on-demand.js'
import type { Shared } from './discoverer.js'
import { zookeeperMetrics } from './metrics.js'
import { type ZookeeperConfig, zookeeperSection } from './section.js'

/** How much of the heap there has to be for each znode of a tree, its target included. */
const bytesPerZnode = 8 << 10

/** `nerve_sd_configs`: what Airbnb's nerve registers in ZooKeeper. */
export const nerve: MechanismFactory = zookeeperMechanism('nerve')

/** `serverset_sd_configs`: Twitter's serversets in ZooKeeper. */
export const serverset: MechanismFactory = zookeeperMechanism('serverset')

function zookeeperMechanism(name: 'nerve' | 'serverset'): MechanismFactory {
  return onDemand<ZookeeperConfig, Shared>({
    name,
    section: zookeeperSection(name),
    shared: (options) => ({
      metrics: zookeeperMetrics(options.registry),
      ensembles: new Map(),
      mostZnodes: Math.floor(heapLimitOf(options) / bytesPerZnode),
    }),
    load: async () => {
      const [{ zookeeperDiscoverer }, { members }] = await Promise.all([
        import('./discoverer.js'),
        import('./member.js'),
      ])
      return (...given) => zookeeperDiscoverer(members[name], ...given)
    },
  })
}
