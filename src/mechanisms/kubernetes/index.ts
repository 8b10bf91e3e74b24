import { createHttpClient } from '../../http/index.js'
import type { MechanismFactory } from '../kit/mechanism.js'
import { heapLimitOf, mostWeight } from '../kit/memory.js'
import { onDemand } from '../kit/on-demand.js'
import type { Shared } from './discoverer.js'
import { kubernetesMetrics } from './metrics.js'
import { type KubernetesConfig, section } from './section.js'

/** `kubernetes_sd_configs`: pods, services, endpoints, endpoint slices, nodes or ingresses of a cluster. */
export const kubernetes: MechanismFactory = onDemand<KubernetesConfig, Shared>({
  name: 'kubernetes',
  section,
  shared: ({ registry, env: environment, userAgent, ...options }) => ({
    metrics: kubernetesMetrics(registry),
    access: { userAgent, environment },
    maxWeight: mostWeight(heapLimitOf(options)),
    parts: { made: undefined },
  }),
  check({ api_server: server, http }, { access }) {
    // One that connects to nothing, to hear now what a subscription would only fail with later.
    if (server !== '') createHttpClient(http, access)
  },
  load: async () => (await import('./discoverer.js')).discover,
})
