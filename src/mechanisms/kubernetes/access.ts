import { createHttpClient, type HttpClient } from '../../http/index.js'
import type { Access } from './cluster.js'
import type { KubernetesConfig } from './section.js'

/** What the process gives to reach a cluster. */
export interface AccessOptions {
  readonly userAgent: string
  readonly environment: Readonly<Record<string, string | undefined>>
}

/** A cluster as one user reaches it. */
export interface OpenAccess extends Access {
  /** What decides which cluster it is and as which user: equal ones, by value, are the same. */
  readonly identity: unknown
  /** Makes the client of its requests, without connecting. */
  connect(): HttpClient
}

/** Finds out how the cluster of a config is reached. @throws where the config cannot work as it is */
export function accessOf(config: KubernetesConfig, options: AccessOptions): OpenAccess {
  const { api_server: server, http } = config
  return {
    server,
    ownNamespace: undefined,
    identity: { server, http },
    connect: () => createHttpClient(http, options),
  }
}
