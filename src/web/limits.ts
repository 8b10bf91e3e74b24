/** Bytes of one request's headers: room for a label set in a query, not for an attack. */
const maxHeaderSize = 64 * 1024

/** Milliseconds for a request's headers, which a slow client sends a byte at a time. */
const maxHeadersTimeoutMs = 30_000

/** The options of node's servers that defend against clients that are slow or say too much. */
export interface ServerLimits {
  readonly maxHeaderSize: number
  readonly headersTimeout: number
  readonly requestTimeout: number
  readonly keepAliveTimeout: number
  readonly connectionsCheckingInterval: number
  readonly requireHostHeader: boolean
}

/** @param readTimeoutMs how long a request may take to arrive, and a connection may idle */
export function serverLimits(readTimeoutMs: number): ServerLimits {
  return {
    maxHeaderSize,
    headersTimeout: Math.min(readTimeoutMs, maxHeadersTimeoutMs),
    requestTimeout: readTimeoutMs,
    keepAliveTimeout: readTimeoutMs,
    connectionsCheckingInterval: Math.max(100, Math.min(readTimeoutMs / 4, 5000)),
    requireHostHeader: true,
  }
}
