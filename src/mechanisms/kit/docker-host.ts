import { goQuote } from '../../go/quote.js'
import {
  createHttpClient,
  defaultHttpClientConfig,
  type HttpClient,
  type HttpClientConfig,
  type HttpClientOptions,
  type HttpResponse,
  parseGoUrl,
  redactUrl,
} from '../../http/index.js'
import { readJsonOrNothing } from './api.js'
import { faultOfUrl } from './section.js'
import * as json from './shape.js'

/** The `host` of a Docker engine cannot be used here. */
export class DockerHostError extends Error {
  override readonly name = 'DockerHostError'
  readonly code = 'ERR_MECHANISM_DOCKER_HOST'
  /** Trying again cannot help. */
  readonly permanent = true
}

/** The section of a mechanism that asks a Docker engine. */
export interface DockerHostConfig {
  readonly host: string
  readonly http: HttpClientConfig
}

/** What is wrong with the `host` of a Docker engine, in a config. */
export function faultOfDockerHost(host: string): string | undefined {
  return host === '' ? 'host missing' : faultOfUrl(host)
}

/** How an engine is reached. */
type DockerHost =
  | { readonly kind: 'socket'; readonly path: string }
  /** Plain HTTP without credentials, whatever the keys of the HTTP client say. */
  | { readonly kind: 'tcp'; readonly url: string }
  | { readonly kind: 'http'; readonly url: string }

/**
 * Reads the `host` of a Docker engine as Docker's own client does.
 * @throws {DockerHostError} for a scheme that cannot be used
 */
function parseDockerHost(host: string): DockerHost {
  const shown = goQuote(redactUrl(host))
  const [, scheme = '', rest = ''] = /^([a-z]+):\/\/(.+)$/.exec(host) ?? []
  if (scheme === 'unix') return { kind: 'socket', path: rest }
  if (scheme === 'http' || scheme === 'https') return { kind: 'http', url: host }
  if (scheme === 'tcp') {
    const { host: address, path } = parseGoUrl(host)
    return { kind: 'tcp', url: `http://${address}${path}` }
  }
  if (scheme === 'npipe') {
    throw new DockerHostError(
      `host ${shown}: a named pipe is there on Windows only; let the engine listen on tcp:// or unix://`,
    )
  }
  throw new DockerHostError(
    `host ${shown}: unable to parse docker host; begin it with unix://, tcp://, http:// or https://`,
  )
}

/** Where the API of an engine is: paths are appended to it. */
export function dockerBaseUrl({ host }: DockerHostConfig): string {
  const parsed = parseDockerHost(host)
  return parsed.kind === 'socket' ? 'http://localhost' : parsed.url
}

/**
 * Makes the client of an engine. The keys of the HTTP client are for http:// and https:// alone.
 * @throws {DockerHostError} for a host that cannot be used; what `createHttpClient` throws
 */
export function dockerClient(
  { host, http }: DockerHostConfig,
  options: HttpClientOptions,
): HttpClient {
  const parsed = parseDockerHost(host)
  if (parsed.kind === 'http') return createHttpClient(http, options)
  const plain = defaultHttpClientConfig()
  if (parsed.kind === 'socket') {
    return createHttpClient(plain, { ...options, socketPath: parsed.path })
  }
  const proxy = { ...plain.proxy, proxy_from_environment: true }
  return createHttpClient({ ...plain, proxy }, options)
}

const engineError = json.object({ message: json.text })

/** What an engine says of a request that it refuses. */
export function dockerRefusal(response: HttpResponse): string | undefined {
  const { message } = readJsonOrNothing(engineError, response)
  return message === '' ? undefined : `Error response from daemon: ${message}`
}
