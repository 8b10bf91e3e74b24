import { defer } from 'rxjs'
import type { Discoverer, DiscovererContext } from '../../discovery/mechanism.js'
import { accessOf, type AccessOptions } from './access.js'
import { Clusters, createCluster } from './clusters.js'
import type { KubernetesMetrics } from './metrics.js'
import { LabelMaker } from './roles/label-maker.js'
import { search } from './search.js'
import type { KubernetesConfig } from './section.js'

/** What the discoverers of a process share, made with the first of them. */
export interface SharedParts {
  readonly clusters: Clusters
  readonly maker: LabelMaker
}

/** What the process has of the mechanism. */
export interface Shared {
  readonly metrics: KubernetesMetrics
  readonly access: AccessOptions
  /** How much one answer may make, in the weight of JSON values. */
  readonly maxWeight: number
  /** Undefined as long as no config has named the mechanism. */
  readonly parts: { made: SharedParts | undefined }
}

/** Finds the objects of one role in a cluster, and follows them by watches. */
export function discover(
  config: KubernetesConfig,
  context: DiscovererContext,
  { metrics, access: accessOptions, maxWeight, parts }: Shared,
): Discoverer {
  const { scheduler, random, turns, logger } = context
  parts.made ??= { clusters: new Clusters(scheduler), maker: new LabelMaker() }
  const { clusters, maker } = parts.made
  return {
    findings: () =>
      defer(() => {
        const access = accessOf(config, accessOptions)
        const { server, ownNamespace } = access
        return clusters.use(
          access.identity,
          () => {
            const client = access.connect()
            return {
              cluster: createCluster({
                client,
                server,
                scheduler,
                random,
                turns,
                logger,
                maxWeight,
                countFailure: () => metrics.failed(),
              }),
              close: () => client.close(),
            }
          },
          (cluster) => search({ config, cluster, ownNamespace, context, metrics, maker }),
        )
      }),
  }
}
