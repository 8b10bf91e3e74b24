import type { SchedulerLike } from 'rxjs'
import type { PollAnswer } from '../../discovery/index.js'
import { collect, type Search, type FindGroups } from '../kit/polled.js'
import { HttpError } from '../../http/index.js'
import { AnswerError } from '../kit/errors.js'
import type { Api } from '../kit/api.js'
import type { Labels } from '../../labels/index.js'
import type { MechanismOptions } from '../kit/mechanism.js'
import { AwsClient, type AwsClientOptions } from './client.js'
import { instances as ec2Instances, zoneIds, type ZoneIds } from './ec2.js'
import { tasks } from './ecs.js'
import { caches } from './elasticache.js'
import { AwsIdentity } from './identity.js'
import { instances as lightsailInstances } from './lightsail.js'
import { nodes } from './msk.js'
import { instances as rdsInstances } from './rds.js'
import { awsServices } from './endpoint.js'
import type { AwsConfig, AwsRole } from './section.js'

/** Finds the groups of one poll; made for each subscription. */
type Find = (client: AwsClient, api: Api) => Promise<PollAnswer>

/** Makes the search of a service, with the environment in which keys and a region may be. */
export function searchFor<C extends AwsConfig>(
  role: (config: C) => AwsRole,
  { env, userAgent }: MechanismOptions,
): Search<C> {
  return {
    groups(config, { random, scheduler }): FindGroups {
      const options: AwsClientOptions = {
        service: awsServices[role(config)],
        identity: new AwsIdentity(config),
        endpoint: config.endpoint,
        env,
        userAgent,
        random,
        scheduler,
        now: Date.now,
      }
      const find = finders[role(config)](config, scheduler)
      return (api: Api) => find(new AwsClient(options, api), api)
    },
  }
}

type Finder = (config: AwsConfig, scheduler: SchedulerLike) => Find

const finders: Readonly<Record<AwsRole, Finder>> = {
  ec2: (config) => regionOf(findEc2(config)),
  ecs: ({ port, clusters = [], request_concurrency: concurrency = 20 }, scheduler) =>
    tasks({ port, clusters, concurrency }, scheduler),
  elasticache: ({ clusters = [], request_concurrency: concurrency = usualConcurrency }) =>
    caches({ clusters, concurrency }),
  lightsail: (config) => regionOf((client) => lightsailInstances(client, config)),
  msk: ({ port, clusters = [], request_concurrency: concurrency = usualConcurrency }) =>
    regionOf((client) => nodes(client, { port, clusters, concurrency })),
  rds: ({ port, clusters = [], filters = [], request_concurrency = usualConcurrency }) =>
    rdsInstances({ port, clusters, filters, concurrency: request_concurrency }),
}

/** One group with the targets of a region. */
function regionOf(find: (client: AwsClient) => AsyncIterable<Labels>): Find {
  return async (client, api) => {
    const source = await client.region()
    return [{ source, labels: {}, targets: await collect(find(client), api) }]
  }
}

/** Of a section that cannot say how many requests may run at a time. */
const usualConcurrency = 10

function findEc2({ port, filters = [] }: AwsConfig): (client: AwsClient) => AsyncIterable<Labels> {
  let zones: ZoneIds | undefined
  return async function* (client) {
    zones ??= await zonesIfAllowed(client)
    yield* ec2Instances(client, { port, filters }, zones)
  }
}

/**
 * The zones, or undefined where they cannot be had: their ids are worth a label, and the account may not be
 * allowed to ask for them. They are asked for again in the next poll.
 */
async function zonesIfAllowed(client: AwsClient): Promise<ZoneIds | undefined> {
  try {
    return await zoneIds(client)
  } catch (error) {
    if (error instanceof HttpError || error instanceof AnswerError) return undefined
    throw error
  }
}
