/** What went wrong with a request to Consul, as far as it decides what to do next. */
export type ConsulFault =
  /** No answer came: refused, reset, timed out, cut off, no name, bad certificate. */
  | 'network'
  /** Consul, or what stands before it, cannot answer anyone just now: 429, 502, 503, 504. */
  | 'busy'
  /** This request was refused or failed: any other status. */
  | 'status'
  /** The answer is not what Consul answers. */
  | 'answer'

/** A request to Consul that gave nothing. */
export class ConsulError extends Error {
  override readonly name = 'ConsulError'
  readonly code = 'ERR_DISCOVERY_CONSUL'
  readonly fault: ConsulFault
  /** The HTTP status, where there was one. */
  readonly status: number | undefined
  /** What Retry-After asked for, in milliseconds. */
  readonly retryAfterMs: number | undefined

  constructor(
    message: string,
    fault: ConsulFault,
    options: ErrorOptions & { status?: number; retryAfterMs?: number | undefined } = {},
  ) {
    super(message, options)
    this.fault = fault
    this.status = options.status
    this.retryAfterMs = options.retryAfterMs
  }
}
