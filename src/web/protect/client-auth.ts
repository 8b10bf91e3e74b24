import type { IncomingMessage } from 'node:http'
import type { TLSSocket } from 'node:tls'
import { formatIp } from '../../go/ip.js'
import { WebConfigError } from '../errors.js'
import type { TlsServerConfig } from './section.js'

/** What clients have to show. */
export interface ClientPolicy {
  /** They are asked for a certificate. */
  readonly request: boolean
  /** Those without one are refused. */
  readonly require: boolean
  /** Those whose certificate comes from none of the authorities are refused. */
  readonly verify: boolean
  /** Only these names may be in the certificate; undefined for any. */
  readonly allowedSans: ReadonlySet<string> | undefined
}

type Kind = Omit<ClientPolicy, 'allowedSans'>

const none: Kind = { request: false, require: false, verify: false }
const any: Kind = { request: true, require: true, verify: false }
const kinds: ReadonlyMap<string, Kind> = new Map([
  ['', none],
  ['NoClientCert', none],
  ['RequestClientCert', { request: true, require: false, verify: false }],
  ['RequireAnyClientCert', any],
  ['RequireClientCert', any],
  ['VerifyClientCertIfGiven', { request: true, require: false, verify: true }],
  ['RequireAndVerifyClientCert', { request: true, require: true, verify: true }],
])

/** @throws {WebConfigError} when the keys about clients do not go together */
export function clientPolicy(config: TlsServerConfig): ClientPolicy {
  const kind = kinds.get(config.client_auth_type)
  if (kind === undefined) throw new WebConfigError(`invalid ClientAuth: ${config.client_auth_type}`)
  if (!kind.request && (config.client_ca !== '' || config.client_ca_file !== '')) {
    throw new WebConfigError("client CA's have been configured without a Client Auth Policy")
  }
  const sans = config.client_allowed_sans
  if (sans !== undefined && !kind.require) {
    throw new WebConfigError(
      'client_allowed_sans requires client_auth_type to be one of RequireAnyClientCert or RequireAndVerifyClientCert',
    )
  }
  return { ...kind, allowedSans: sans === undefined ? undefined : new Set(sans) }
}

/** Why a client that has done its handshake may not come in; undefined when it may. */
export function refusal(policy: ClientPolicy, socket: TLSSocket): string | undefined {
  if (!policy.request) return undefined
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) {
    return policy.require ? "client didn't provide a certificate" : undefined
  }
  if (policy.verify && !socket.authorized) {
    return `failed to verify certificate: ${String(socket.authorizationError)}`
  }
  if (policy.allowedSans === undefined) return undefined
  const names = sansOf(certificate.subjectAltName ?? '')
  return names.some((name) => policy.allowedSans?.has(name))
    ? undefined
    : 'could not find allowed SANs in client cert'
}

const verified: unique symbol = Symbol(
  'the certificate of this client is from one of the authorities of the config',
)

interface MarkedSocket {
  [verified]?: true
}

/**
 * Notes at a socket that the client's certificate is from one of the authorities that the config names. The
 * system's authorities do not count: they make certificates for the whole world.
 * @param hasAuthorities whether the config names any
 */
export function markVerified(
  policy: ClientPolicy,
  hasAuthorities: boolean,
  socket: TLSSocket & MarkedSocket,
): void {
  if (policy.verify && hasAuthorities && socket.authorized) socket[verified] = true
}

/** Whether {@link markVerified} noted it. A property, since HTTP/2 shows the socket of a request by a proxy. */
export function isVerified(request: IncomingMessage): boolean {
  return (request.socket as MarkedSocket)[verified] === true
}

/** The names in OpenSSL's text of a subjectAltName: DNS, e-mail, addresses and URIs, as Go prints them. */
export function sansOf(text: string): readonly string[] {
  const found: string[] = []
  // A value with a comma or a quote in it is written as a JSON string.
  for (const match of text.matchAll(
    /(?:^|, )(DNS|email|IP Address|URI):("(?:[^"\\]|\\.)*"|[^,]*)/g,
  )) {
    const [, kind = '', written = ''] = match
    const value = written.startsWith('"') ? (JSON.parse(written) as string) : written
    found.push(kind === 'IP Address' ? formatIp(value) : value)
  }
  return found
}
