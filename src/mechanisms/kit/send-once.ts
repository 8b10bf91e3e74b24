import {
  createHttpClient,
  defaultHttpClientConfig,
  type Environment,
  type HttpResponse,
} from '../../http/index.js'

/** A request for credentials, or for what a machine knows of itself. */
export interface OneRequest {
  readonly url: string
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Default five seconds. */
  readonly timeoutMs?: number
  /** What of the body is secret. */
  readonly secrets?: readonly string[]
}

const usualTimeoutMs = 5000
const mostBytes = 1 << 20

/**
 * Sends one request with a client of its own, which is what credentials that are looked up once an hour are worth.
 * @param byProxy as HTTPS_PROXY and its like say; else straight, as services of this machine need it
 * @returns the answer, of whatever status
 * @throws {HttpError} where there is no answer in time
 */
export async function sendOnce(
  request: OneRequest,
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
    const timeoutMs = request.timeoutMs ?? usualTimeoutMs
    return await client.request({ ...request, timeoutMs, signal, maxBytes: mostBytes })
  } finally {
    await client.close()
  }
}
