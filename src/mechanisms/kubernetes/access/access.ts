import { createHttpClient, type HttpClient } from '../../../http/index.js'
import type { Authorization } from '../feed/api.js'
import type { Access } from '../cluster.js'
import type { KubernetesConfig } from '../section.js'
import { ExecClient } from './exec-client.js'
import { ExecCredentials } from './exec-credentials.js'
import { inCluster } from './in-cluster.js'
import { readKubeconfig } from './kubeconfig.js'
import type { AccessOptions, Reached } from './reached.js'

/** What requests to a cluster are sent with. */
export interface ClusterClient {
  readonly client: HttpClient
  /** The `Authorization` of requests, where the client does not know it itself. */
  readonly authorization?: Authorization
  /** Cuts what is under way and frees everything. */
  readonly close: () => Promise<void>
}

/** A cluster as one user reaches it. */
export interface OpenAccess extends Access {
  /** What decides which cluster it is and as which user: equal ones, by value, are the same. */
  readonly identity: unknown
  /**
   * Makes the client of its requests, without connecting.
   * @param now milliseconds since 1970
   */
  readonly connect: (now: () => number) => ClusterClient
}

/**
 * Finds out how the cluster of a config is reached: by its `kubeconfig_file`, at its `api_server`, or, without
 * either, as the service account of the pod that muster runs in.
 * @throws {AccessError} where that cannot work as it is; the system's error for a file that cannot be read
 */
export async function accessOf(
  config: KubernetesConfig,
  options: AccessOptions,
): Promise<OpenAccess> {
  const reached = await reach(config, options)
  const { server, ownNamespace, http, exec } = reached
  return {
    server,
    ownNamespace,
    identity: { server, http, exec },
    connect: (now) => connect(reached, options, now),
  }
}

async function reach(config: KubernetesConfig, options: AccessOptions): Promise<Reached> {
  const { kubeconfig_file: file, api_server: server, http, namespaces } = config
  if (file !== '') return await readKubeconfig(file)
  if (server !== '') return { server, http, ownNamespace: undefined }
  return await inCluster(namespaces.own_namespace, options)
}

function connect(
  { http, exec }: Reached,
  options: AccessOptions,
  now: () => number,
): ClusterClient {
  if (exec === undefined) {
    const client = createHttpClient(http, options)
    return { client, close: () => client.close() }
  }
  const credentials = new ExecCredentials(exec, options.environment, now)
  const client = new ExecClient(http, options, credentials)
  return {
    client,
    authorization: async (wasRefused, signal) => {
      const { token } = await credentials.get(wasRefused, signal)
      return token === '' ? undefined : `Bearer ${token}`
    },
    async close() {
      credentials.close()
      await client.close()
    },
  }
}
