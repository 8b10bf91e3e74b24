import type { HttpClient } from '../../http/index.js'
import type { ConsulEndpoint } from './endpoint.js'
import type { Send } from './papi-transport.js'

/** The upper bound of any request: two minutes of waiting, what Consul adds to them, and a margin. */
export const longestMs = 135_000
// A hundred thousand instances of one service with long check outputs fit in.
const maxBytes = 256 * 1024 * 1024

/**
 * Sends requests to an endpoint through muster's HTTP client, with the endpoint's token. One that
 * waits for a change after an index is sent once only: when its connection is lost, the server may
 * have been restarted, and then an old index would make it wait in vain.
 */
export function sendThrough(http: HttpClient, { origin, token }: ConsulEndpoint): Send {
  return ({ path, headers, timeoutMs, signal }) =>
    http.request({
      url: origin + path,
      headers: token.isEmpty ? headers : { ...headers, 'x-consul-token': token.reveal() },
      timeoutMs,
      maxBytes,
      signal,
      ...(/[?&]index=/.test(path) ? { once: true } : {}),
    })
}
