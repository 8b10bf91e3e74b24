import {
  createHttpClient,
  defaultHttpClientConfig,
  type Environment,
  type HttpResponse,
} from '../../http/index.js'

/** A request that keys or a region come from. */
export interface WayRequest {
  readonly url: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

/** What finding keys may use of the outside: the environment, the network, the clock. */
export interface Ways {
  readonly env: Environment
  /** Asks a service of AWS, as the section says; gives an answer of any status. */
  readonly send: (request: WayRequest) => Promise<HttpResponse>
  /** Asks a service of this machine, never through a proxy; gives an answer of any status. */
  readonly sendLocal: (request: WayRequest) => Promise<HttpResponse>
  /** Aborts when the keys are not wanted any more. */
  readonly signal: AbortSignal
  /** Unix milliseconds. */
  readonly now: () => number
}

/** There are no keys for AWS, or no region. The message never holds a secret. */
export class AwsCredentialsError extends Error {
  override readonly name = 'AwsCredentialsError'
  readonly code = 'ERR_AWS_CREDENTIALS'
}

/** The value of a variable; empty where it is not set. */
export function variable(env: Environment, ...names: readonly string[]): string {
  return names.map((name) => env[name] ?? '').find((value) => value !== '') ?? ''
}

/** What an error says. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

const timeoutMs = 5000
const mostBytes = 1 << 20

/**
 * Sends one request with a client of its own, which is what keys that are looked up once an hour are worth.
 * @param byProxy as HTTPS_PROXY and its like say; else straight, as services of this machine need it
 * @throws {HttpError} where there is no answer within five seconds
 */
export async function sendOnce(
  request: WayRequest,
  given: { readonly env: Environment; readonly userAgent: string; readonly signal: AbortSignal },
  byProxy: boolean = false,
): Promise<HttpResponse> {
  const { env, userAgent, signal } = given
  const { proxy, ...usual } = defaultHttpClientConfig()
  const config = {
    ...usual,
    proxy: { ...proxy, proxy_from_environment: byProxy },
    follow_redirects: false,
    enable_http2: false,
  }
  const client = createHttpClient(config, { userAgent, environment: env })
  try {
    return await client.request({ ...request, timeoutMs, signal, maxBytes: mostBytes })
  } finally {
    await client.close()
  }
}
