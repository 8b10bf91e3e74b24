const reserved = new Set([
  'host',
  'content-encoding',
  'content-length',
  'content-type',
  'user-agent',
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'www-authenticate',
  'accept-encoding',
  'x-prometheus-remote-write-version',
  'x-prometheus-remote-read-version',
  'x-amz-date',
  'x-amz-security-token',
  'x-amz-content-sha256',
])

/** What remote write and read say to a header that other keys set. */
export const remoteAuthorization =
  'authorization header must be changed via the basic_auth, authorization, oauth2, sigv4, azuread or google_iam parameter'

/** What tracing says to it. */
export const tracingAuthorization = 'custom authorization header configuration is not yet supported'

/** The headers that may not be set, each with the reason. */
export function faultsOfHeaders(
  headers: Readonly<Record<string, string>>,
  authorization: string,
): readonly (readonly [header: string, message: string])[] {
  return Object.keys(headers).flatMap((header) => {
    const lower = header.toLowerCase()
    if (lower === 'authorization') return [[header, authorization] as const]
    if (!reserved.has(lower)) return []
    return [[header, `${header} is a reserved header. It must not be changed`] as const]
  })
}
