import type { Registry } from 'prom-client'
import { defer, type Observable } from 'rxjs'
import { Allocator, type AllocatorOptions, type EpochDecision } from '../allocation/allocator.js'
import { decisionsOf, packedEpochs } from '../allocation/shared-epochs.js'
import { ConsulStore } from '../election/consul-store.js'
import { Election } from '../election/election.js'
import { createHttpClient, defaultHttpClientConfig } from '../http/index.js'
import { resolveEndpoint } from '../mechanisms/consul/endpoint.js'
import { consulSection } from '../mechanisms/consul/section.js'
import type { Actor } from '../run/index.js'
import { silentLogger } from '../telemetry/index.js'

/** A session that is not renewed ends after this; the least that Consul takes is ten seconds. */
const ttlMs = 15_000
/** What a leader that is gone has begun is over before another one begins. */
const lockDelayMs = 5000

export interface ElectionSettings {
  /** The Consul that the replicas share, as in `server` of `consul_sd_configs`. */
  readonly server: string
  /** The replicas of one name decide together. */
  readonly cluster: string
  /** Names this replica, for people. */
  readonly replica: string
  readonly userAgent: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly registry: Registry
}

/** An allocator that decides for all replicas when it is elected, and goes by the decisions of the elected one else. */
export interface ElectedAllocator {
  readonly allocator: Allocator
  /** Takes part in the election until it is interrupted. */
  readonly election: Actor
}

/**
 * @throws {ConsulEndpointError} when the server cannot be asked
 */
export function electedAllocator(
  options: Omit<AllocatorOptions, 'decisions'>,
  settings: ElectionSettings,
): ElectedAllocator {
  const { server, cluster, replica, userAgent, env, registry } = settings
  const { logger = silentLogger } = options
  const endpoint = resolveEndpoint({ ...consulSection.defaults(), server }, env)
  const { socketPath } = endpoint
  const http = createHttpClient(defaultHttpClientConfig(), {
    userAgent,
    environment: env,
    ...(socketPath === undefined ? {} : { socketPath }),
  })
  const election = new Election({
    store: new ConsulStore({ endpoint, http, replica, ttlMs, lockDelayMs }),
    prefix: `muster/${cluster}`,
    replica,
    ttlMs,
    decisions: defer(() => packedEpochs(decided, allocator, logger)),
    logger,
    registry,
  })
  const decided: Observable<EpochDecision> = decisionsOf(election.standing, logger)
  const allocator: Allocator = new Allocator({ ...options, decisions: decided })
  return {
    allocator,
    election: {
      name: election.name,
      async execute() {
        try {
          await election.execute()
        } finally {
          await http.close()
        }
      },
      interrupt: () => election.interrupt(),
    },
  }
}
