import { plainReason } from './reasons.js'

/** What went wrong with a request, for health pages and metrics. */
export type HttpErrorKind =
  | 'dns'
  | 'connect'
  | 'tls'
  | 'proxy'
  | 'timeout'
  | 'status'
  | 'redirect'
  | 'too_large'
  | 'credentials'
  | 'protocol'
  | 'closed'

/** A request that gave no usable answer. The message never holds a password or a token. */
export class HttpError extends Error {
  override readonly name = 'HttpError'
  readonly code = 'ERR_HTTP'
  readonly kind: HttpErrorKind
  /** The answer's status, where there was an answer. */
  readonly status: number | undefined
  /** How long the server asked to be left alone (Retry-After with 429 or 503), in milliseconds. */
  readonly retryAfterMs: number | undefined

  constructor(
    kind: HttpErrorKind,
    message: string,
    options: ErrorOptions & { readonly status?: number; readonly retryAfterMs?: number } = {},
  ) {
    super(message, options)
    this.kind = kind
    this.status = options.status
    this.retryAfterMs = options.retryAfterMs
  }
}

/** An HTTP client cannot be built from its config: a certificate file is missing, say. */
export class HttpConfigError extends Error {
  override readonly name = 'HttpConfigError'
  readonly code = 'ERR_HTTP_CONFIG'
}

/** The code of Node's, OpenSSL's or undici's error; empty where it has none. */
export function codeOf(error: unknown): string {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : ''
}

/** The error that says the most: the first of several attempts, the end of a chain of causes. */
function root(error: unknown): unknown {
  if (error instanceof AggregateError && error.errors.length > 0) return root(error.errors[0])
  return error
}

function kindOf(code: string): HttpErrorKind {
  if (/^(?:ENOTFOUND|EAI_|ENODATA|ESERVFAIL)/.test(code)) return 'dns'
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || /^E[A-Z]+$/.test(code)) return 'connect'
  if (code === 'UND_ERR_SOCKET') return 'connect'
  if (code.startsWith('HPE_') || code.startsWith('UND_') || code.startsWith('ERR_HTTP2')) {
    return 'protocol'
  }
  if (code.startsWith('Z_') || code === 'ERR_INVALID_URL' || code === 'ERR_HTTP_HEAD')
    return 'protocol'
  // What is left are OpenSSL's names: CERT_HAS_EXPIRED, SELF_SIGNED_CERT_IN_CHAIN, ERR_SSL_..., ERR_TLS_...
  return code === '' ? 'protocol' : 'tls'
}

/**
 * Makes an {@link HttpError} of whatever a request failed with.
 * @param subject what was asked for, without secrets: `GET http://host/path`
 */
export function toHttpError(error: unknown, subject: string): HttpError {
  if (error instanceof HttpError) return error
  const cause = root(error)
  const code = codeOf(cause)
  const reason = plainReason(code, cause instanceof Error ? cause.message : String(cause))
  return new HttpError(kindOf(code), `${subject}: ${reason}`, { cause })
}
