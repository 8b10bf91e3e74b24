import { HttpError } from '../errors.js'
import { type HttpResponse, statusLine } from '../response.js'

/** A token as it was given. */
export interface Token {
  /** The value of an Authorization header. */
  readonly value: string
  /** When it is no longer valid, in milliseconds since 1970; undefined for never. */
  readonly expiresAt: number | undefined
}

function typeOf(written: unknown): string {
  const type = typeof written === 'string' ? written : ''
  const known = ['bearer', 'mac', 'basic'].indexOf(type.toLowerCase())
  return ['Bearer', 'MAC', 'Basic'][known] ?? (type === '' ? 'Bearer' : type)
}

function fieldsOf(response: HttpResponse): ReadonlyMap<string, unknown> {
  const text = response.body.toString('utf8')
  const type = response.header('content-type')?.split(';')[0]?.trim().toLowerCase() ?? ''
  if (type === 'application/x-www-form-urlencoded' || type === 'text/plain') {
    return new Map(new URLSearchParams(text))
  }
  const value: unknown = JSON.parse(text)
  return new Map(typeof value === 'object' && value !== null ? Object.entries(value) : [])
}

/** The `error` and `error_description` that RFC 6749 has in a refusal, where they can be read. */
function refusal(response: HttpResponse): string {
  try {
    const fields = fieldsOf(response)
    const [error, description] = [fields.get('error'), fields.get('error_description')]
    if (typeof error !== 'string' || error === '') return ''
    return `: ${JSON.stringify(error)}${typeof description === 'string' ? ` ${JSON.stringify(description)}` : ''}`
  } catch {
    // A refusal in another form shows its status alone.
    return ''
  }
}

/**
 * Reads a token endpoint's answer, as golang.org/x/oauth2 does.
 * @throws {HttpError} of kind `credentials`; the text never quotes an answer that may hold a token
 */
export function readToken(response: HttpResponse, nowMs: number): Token {
  if (response.status < 200 || response.status > 299) {
    throw new HttpError(
      'credentials',
      `oauth2: cannot fetch token: ${statusLine(response)}${refusal(response)}`,
      { status: response.status },
    )
  }
  let fields: ReadonlyMap<string, unknown>
  try {
    fields = fieldsOf(response)
  } catch (error) {
    // The parser's own message would quote the answer, and with it perhaps a token.
    throw new HttpError('credentials', 'oauth2: cannot parse json of the token endpoint', {
      cause: error instanceof Error ? error.name : error,
    })
  }
  const token = fields.get('access_token')
  if (typeof token !== 'string' || token === '') {
    throw new HttpError(
      'credentials',
      `oauth2: server response missing access_token${refusal(response)}`,
    )
  }
  const seconds = Number(fields.get('expires_in') ?? 0)
  return {
    value: `${typeOf(fields.get('token_type'))} ${token}`,
    expiresAt: seconds > 0 ? nowMs + seconds * 1000 : undefined,
  }
}
