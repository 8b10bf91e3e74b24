import { X509Certificate } from 'node:crypto'
import type { PeerCertificate } from 'node:tls'

/** Extended key usages with which Go takes a certificate for a server's: serverAuth, any. */
const forServers = ['1.3.6.1.5.5.7.3.1', '2.5.29.37.0']

/**
 * Whether to take a server after all. It must be asked on each connection, and the name be checked as well.
 * @param complaint the code of what OpenSSL has against it, the last if there are several: it looks at
 * signatures and times after the purpose
 */
export type AcceptsServer = (certificate: PeerCertificate, complaint: string) => boolean

/**
 * Judges servers whose own certificate is in `ca_file` and says that it is for signing only, or for any use.
 * Go trusts them, where OpenSSL does not take the certificate for a server's, and cannot be told to.
 * @param trusted PEM, a certificate each
 */
export function pinnedServers(trusted: readonly string[]): AcceptsServer {
  const prints = new Set(trusted.map((pem) => new X509Certificate(pem).fingerprint256))
  return (certificate, complaint) =>
    prints.has(certificate.fingerprint256) &&
    complaint === 'INVALID_PURPOSE' &&
    (certificate.ext_key_usage?.some((usage) => forServers.includes(usage)) ?? true)
}

/**
 * The lists to try where OpenSSL took the wrong one of several authorities of the same name: it looks at one,
 * where Go tries each.
 * @param trusted PEM, a certificate each
 * @returns none where all names differ
 */
export function withoutNamesakes(trusted: readonly string[]): readonly (readonly string[])[] {
  const bySubject = new Map<string, string[]>()
  for (const pem of trusted) {
    const { subject } = new X509Certificate(pem)
    const before = bySubject.get(subject)
    if (before === undefined) bySubject.set(subject, [pem])
    else before.push(pem)
  }
  const groups = [...bySubject.values()]
  const most = Math.min(mostNamesakes, Math.max(1, ...groups.map((group) => group.length)))
  if (most === 1) return []
  return Array.from({ length: most }, (_, i) =>
    groups.flatMap((group) => group[Math.min(i, group.length - 1)] ?? []),
  )
}

/** Each costs a connection. */
const mostNamesakes = 8
