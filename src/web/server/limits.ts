import { timerMs } from '../../run/index.js'

/** Bytes of one request's headers: room for a label set in a query, not for an attack. */
const maxHeaderSize = 64 * 1024

/** Milliseconds for a request's headers, which a slow client sends a byte at a time. */
const maxHeadersTimeoutMs = 30_000

// Longer is as good as for ever; the rest leaves room for what node and this file add.
const longestReadMs = timerMs(Infinity) - 60_000

/** The options of node's servers that defend against clients that are slow or send too much. */
export interface ServerLimits {
  readonly maxHeaderSize: number
  readonly headersTimeout: number
  readonly requestTimeout: number
  readonly keepAliveTimeout: number
  readonly connectionsCheckingInterval: number
  readonly requireHostHeader: boolean
}

/** How often node looks for requests that take too long. */
function checkingInterval(readTimeoutMs: number): number {
  return Math.max(100, Math.min(readTimeoutMs / 4, 5000))
}

/**
 * How long a connection may be silent in the middle of something, such as a client that does not read
 * its answer: long enough for node to have answered 408 to a request that does not arrive.
 */
export function silenceTimeout(readTimeoutMs: number): number {
  return Math.min(readTimeoutMs, longestReadMs) + 2 * checkingInterval(readTimeoutMs)
}

/** @param readTimeoutMs how long a request may take to arrive, and a connection may idle */
export function serverLimits(readTimeoutMs: number): ServerLimits {
  return {
    maxHeaderSize,
    headersTimeout: Math.min(readTimeoutMs, maxHeadersTimeoutMs),
    requestTimeout: Math.min(readTimeoutMs, longestReadMs),
    keepAliveTimeout: Math.min(readTimeoutMs, longestReadMs),
    connectionsCheckingInterval: checkingInterval(readTimeoutMs),
    requireHostHeader: true,
  }
}
