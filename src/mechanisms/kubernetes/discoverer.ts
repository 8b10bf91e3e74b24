import { defer, switchMap } from 'rxjs'
import type { Discoverer, DiscovererContext } from '../../discovery/mechanism.js'
import { accessOf } from './access/access.js'
import type { AccessOptions } from './access/reached.js'
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
  const countFailure = (): void => metrics.failed()
  const options = { scheduler, random, turns, logger, maxWeight, countFailure }
  return {
    findings: () =>
      defer(() => accessOf(config, accessOptions)).pipe(
        switchMap(({ identity, server, ownNamespace, connect }) =>
          clusters.use(
            identity,
            () => {
              const { client, authorization, close } = connect(() => scheduler.now())
              return {
                cluster: createCluster({ client, server, authorization, ...options }),
                close,
              }
            },
            (cluster) => search({ config, cluster, ownNamespace, context, metrics, maker }),
          ),
        ),
      ),
  }
}
