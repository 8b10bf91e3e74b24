import path from 'node:path'
import { joinHostPort } from '../../../go/host-port.js'
import { readRegular, secretLimit } from '../../../go/read-file.js'
import { defaultHttpClientConfig } from '../../../http/index.js'
import { errorMessage } from '../../../telemetry/error-text.js'
import type { AccessOptions, Reached } from './reached.js'
import { AccessError } from './access-error.js'
import { faultOfSurroundings } from './surroundings.js'

const mounted = '/var/run/secrets/kubernetes.io/serviceaccount'

/**
 * The cluster that the process runs in, as the service account of its pod. The token is read for each request,
 * as Kubernetes renews it.
 * @param ownNamespace whether the namespace of the pod is needed
 * @throws {AccessError} outside of a pod
 */
export async function inCluster(
  ownNamespace: boolean,
  { environment, serviceAccount = mounted }: AccessOptions,
): Promise<Reached> {
  const fault = faultOfSurroundings(environment)
  if (fault !== undefined) throw new AccessError(fault)
  const { KUBERNETES_SERVICE_HOST: host = '', KUBERNETES_SERVICE_PORT: port = '' } = environment
  const file = (name: string): string => path.join(serviceAccount, name)
  // Said now: a client would only say it with each request.
  await content(file('token'), 'unable to read the token of the service account')
  const plain = defaultHttpClientConfig()
  return {
    server: `https://${joinHostPort(host, port)}`,
    ownNamespace: ownNamespace ? await namespaceIn(file('namespace')) : undefined,
    http: {
      ...plain,
      authorization: {
        type: 'Bearer',
        credentials: plain.bearer_token,
        credentials_file: file('token'),
        credentials_ref: '',
      },
      tls_config: { ...plain.tls_config, ca_file: file('ca.crt') },
      // As client-go has it for every cluster that is not named by its address.
      proxy: { ...plain.proxy, proxy_from_environment: true },
    },
  }
}

async function namespaceIn(file: string): Promise<string> {
  const found = await content(file, "could not determine the pod's namespace")
  if (found === '') throw new AccessError('could not read own namespace name (empty file)')
  return found
}

async function content(file: string, what: string): Promise<string> {
  try {
    return (await readRegular(file, { limit: secretLimit })).toString('utf8').trim()
  } catch (error) {
    throw new AccessError(`${what}: ${errorMessage(error)}`, { cause: error })
  }
}
