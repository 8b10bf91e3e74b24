import type { MechanismFactory } from '../kit/mechanism.js'
import { createHttpClient, HttpConfigError } from '../../http/index.js'
import { heapLimitOf, mostWeight } from '../kit/memory.js'
import { onDemand } from '../kit/on-demand.js'
import { faultOfSurroundings } from './access/surroundings.js'
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
  check({ api_server: server, kubeconfig_file: file, http }, { access }) {
    if (server !== '') {
      // One that connects to nothing, to hear now what a subscription would only fail with later.
      createHttpClient(http, access)
    } else if (file === '') {
      const fault = faultOfSurroundings(access.environment)
      if (fault !== undefined) throw new HttpConfigError(fault)
    }
  },
  load: async () => (await import('./discoverer.js')).discover,
})
