import type { PeerCertificate } from 'node:tls'
import { quoteIfNeeded } from '../../go/quote.js'
import { canonicalIp } from '../../go/ip.js'

/** The names in a certificate: what it may stand for. */
interface Names {
  readonly dns: readonly string[]
  readonly addresses: readonly string[]
}

/** The certificate of a server is none for the name by which it was asked. */
export class ServerIdentityError extends Error {
  override readonly name = 'ServerIdentityError'
  readonly code = 'ERR_TLS_CERT_ALTNAME_INVALID'
}

/**
 * Whether a certificate is for a host, by the rules of Go's x509.VerifyHostname: only subject alternative
 * names count, never the common name; a wildcard is the whole first label, at any depth of the domain.
 * @param host a name, or an IP address with or without brackets
 * @returns the fault, with Go's words first
 */
export function faultOfIdentity(
  host: string,
  { subject, subjectaltname }: Pick<PeerCertificate, 'subject' | 'subjectaltname'>,
): ServerIdentityError | undefined {
  const { dns, addresses } = namesOf(subjectaltname ?? '')
  const hint = 'use a name of the certificate in the URL or as server_name of tls_config'
  const address = canonicalIp(/^\[(.+)\]$/.exec(host)?.[1] ?? host)
  if (address !== undefined) {
    if (addresses.some((each) => canonicalIp(each) === address)) return undefined
    if (addresses.length > 0) return notFor(addresses, host, hint)
    return isLegacy(subject, subjectaltname, host)
      ? legacy()
      : new ServerIdentityError(
          `x509: cannot validate certificate for ${host} because it doesn't contain any IP SANs; ${hint}`,
        )
  }
  const name = host.toLowerCase()
  if (dns.some((pattern) => matches(pattern, name))) return undefined
  if (isLegacy(subject, subjectaltname, host)) return legacy()
  return notFor(dns, host, hint)
}

function legacy(): ServerIdentityError {
  return new ServerIdentityError(
    "x509: certificate relies on legacy Common Name field, use SANs instead: the server's certificate needs a subject alternative name",
  )
}

function notFor(names: readonly string[], host: string, hint: string): ServerIdentityError {
  return new ServerIdentityError(
    names.length === 0
      ? `x509: certificate is not valid for any names, but wanted to match ${host}; the server's certificate needs a subject alternative name`
      : `x509: certificate is valid for ${names.slice(0, 10).map(quoteIfNeeded).join(', ')}, not ${host}; ${hint}`,
  )
}

function isLegacy(
  subject: PeerCertificate['subject'] | undefined,
  subjectaltname: string | undefined,
  host: string,
): boolean {
  const common = [subject?.CN ?? []].flat()
  return subjectaltname === undefined && common.some((name) => matches(name, host.toLowerCase()))
}

function matches(pattern: string, name: string): boolean {
  if (!isHostname(name.replace(/\.$/, ''), false) || !isHostname(pattern, true)) {
    return name !== '' && name !== '.' && pattern.toLowerCase() === name
  }
  const labels = pattern.toLowerCase().split('.')
  const parts = name.replace(/\.$/, '').split('.')
  return (
    labels.length === parts.length &&
    labels.every((label, i) => (i === 0 && label === '*') || label === parts[i])
  )
}

/** What Go calls a valid hostname: no empty label, no odd letter. */
function isHostname(text: string, isPattern: boolean): boolean {
  const labels = text.split('.')
  // A bare "*" is no name.
  if (isPattern && labels.length === 1 && labels[0] === '*') return false
  return labels.every(
    (label, i) =>
      (isPattern && i === 0 && label === '*') || /^[0-9A-Za-z_][0-9A-Za-z_-]*$/.test(label),
  )
}

/** The names in the text that node:tls makes of them: `DNS:a, IP Address:127.0.0.1`. */
function namesOf(subjectaltname: string): Names {
  const entries = subjectaltname.split(', ')
  const valuesOf = (kind: string): readonly string[] =>
    entries
      .filter((entry) => entry.startsWith(`${kind}:`))
      .flatMap((entry) => unescaped(entry.slice(kind.length + 1)))
  return { dns: valuesOf('DNS'), addresses: valuesOf('IP Address') }
}

/** A value with an odd letter is written as a JSON text, its commas escaped. */
function unescaped(value: string): readonly string[] {
  if (!value.startsWith('"')) return [value]
  try {
    return [String(JSON.parse(value))]
  } catch {
    // Such a name is for no host.
    return []
  }
}
