import type { AlertmanagerConfig } from '../config/index.js'
import { createHttpClient, type HttpClientOptions, statusLine } from '../http/index.js'
import type { AlertTransport } from './alert-transport.js'
import { AlertSigner } from './sigv4.js'

// An Alertmanager that takes alerts says nothing; one that does not says why, in a line.
const maxAnswerBytes = 1 << 20
const shownCharacters = 500

/**
 * The HTTP client of one section. It follows the section's redirects, credentials, TLS and proxy, and
 * speaks as Prometheus does.
 * @throws {Error} when the section cannot work as it is: a certificate file is missing, say
 */
export function httpTransport(
  config: AlertmanagerConfig,
  options: HttpClientOptions,
): AlertTransport {
  const signer = config.sigv4 === undefined ? undefined : new AlertSigner(config.sigv4, options)
  const client = createHttpClient(config.http, options)
  let running = 0
  let onIdle: (() => void) | undefined
  return {
    async post(url, body, signal) {
      running += 1
      try {
        const plain = { 'content-type': 'application/json' }
        const headers = (await signer?.sign({ url, headers: plain, body }, signal)) ?? plain
        const response = await client.request({
          url,
          method: 'POST',
          headers,
          body,
          signal,
          timeoutMs: config.timeout,
          maxBytes: maxAnswerBytes,
        })
        return {
          status: response.status,
          statusLine: statusLine(response),
          text: response.withoutSecrets(response.body.toString('utf8')).slice(0, shownCharacters),
          retryAfter: response.header('retry-after'),
        }
      } finally {
        running -= 1
        if (running === 0) onIdle?.()
      }
    },
    async close() {
      // Closing a client cuts what is under way, which may have been delivered.
      if (running > 0) {
        await new Promise<void>((resolve) => {
          onIdle = resolve
        })
      }
      signer?.close()
      await client.close()
    },
  }
}
