import { Secret } from '../../yaml/index.js'
import type { ConsulConfig } from './section.js'

/** Where Consul is and as which user it is asked: a config with the gaps filled from the environment. */
export interface ConsulEndpoint {
  /** `http://host:port`, nothing behind it. */
  readonly origin: string
  /** A unix socket to connect to instead of the origin's host. */
  readonly socketPath: string | undefined
  /** Stands before `/v1`; empty or with a slash at its start. */
  readonly pathPrefix: string
  readonly token: Secret
  readonly datacenter: string
  readonly namespace: string
  readonly partition: string
  readonly allowStale: boolean
}

type Environment = Readonly<Record<string, string | undefined>>

/** The config names a server that cannot be asked. */
export class ConsulEndpointError extends Error {
  override readonly name = 'ConsulEndpointError'
  readonly code = 'ERR_DISCOVERY_CONSUL_ENDPOINT'
  /** Trying again cannot help. */
  readonly permanent = true
}

/**
 * Works out the endpoint as Consul's own Go library does: `server` may carry a scheme and, for http
 * and https, a path; token, namespace and partition that are not configured come from
 * CONSUL_HTTP_TOKEN, CONSUL_NAMESPACE and CONSUL_PARTITION, and an emptied scheme from CONSUL_HTTP_SSL.
 * @throws ConsulEndpointError when there is no such server
 */
export function resolveEndpoint(config: ConsulConfig, env: Environment): ConsulEndpoint {
  const [, given = '', rest = config.server] = /^([^:/]*):\/\/(.*)$/s.exec(config.server) ?? []
  const scheme = config.scheme === '' ? schemeOf(env) : config.scheme
  const common = {
    pathPrefix: config.path_prefix,
    token: config.token.isEmpty ? new Secret(env['CONSUL_HTTP_TOKEN'] ?? '') : config.token,
    datacenter: config.datacenter,
    namespace: config.namespace || (env['CONSUL_NAMESPACE'] ?? ''),
    partition: config.partition || (env['CONSUL_PARTITION'] ?? ''),
    allowStale: config.allow_stale,
  }
  switch (given) {
    case '':
      return { ...common, origin: originOf(scheme, config.server), socketPath: undefined }
    case 'http':
    case 'https': {
      const slash = rest.indexOf('/')
      const host = slash < 0 ? rest : rest.slice(0, slash)
      // TLS that was asked for by `scheme` is never given up.
      const origin = originOf(given === 'https' ? 'https' : scheme, host)
      const pathPrefix = slash < 0 ? common.pathPrefix : rest.slice(slash).replace(/\/+$/, '')
      return { ...common, pathPrefix, origin, socketPath: undefined }
    }
    case 'unix':
      return { ...common, origin: originOf(scheme, 'localhost'), socketPath: rest }
    default:
      throw new ConsulEndpointError(`Unknown protocol scheme: ${given}`)
  }
}

function schemeOf(env: Environment): string {
  return /^(?:1|t|true)$/i.test(env['CONSUL_HTTP_SSL'] ?? '') ? 'https' : 'http'
}

function originOf(scheme: string, host: string): string {
  if (scheme !== 'http' && scheme !== 'https') {
    throw new ConsulEndpointError(`unsupported protocol scheme "${scheme}"`)
  }
  try {
    return new URL(`${scheme}://${host}`).origin
  } catch (error) {
    throw new ConsulEndpointError(`"${host}" is no server address`, { cause: error })
  }
}
