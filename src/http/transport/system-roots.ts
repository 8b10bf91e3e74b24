import { rootCertificates } from 'node:tls'
import { readRegularSync, secretLimit } from '../../go/read-file.js'
import type { Environment } from '../environment.js'

/** Where Linux and BSD distributions keep the certificates they trust; the list of Go's crypto/x509. */
const bundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/tls/cacert.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
]

function tryRead(file: string): string | undefined {
  try {
    return readRegularSync(file, secretLimit).toString('utf8')
  } catch {
    // Absent on this system: the next one may be there.
    return undefined
  }
}

/**
 * The certificates to trust where a config names none: the operating system's, as Prometheus does
 * (Node by itself trusts only its own list). `SSL_CERT_FILE` replaces the system's bundle. Without
 * any, Node's list.
 */
export function systemRoots(environment: Environment): readonly string[] {
  const named = environment['SSL_CERT_FILE']
  const files = named === undefined || named === '' ? bundles : [named]
  for (const file of files) {
    const text = tryRead(file)
    if (text !== undefined && text !== '') return [text]
  }
  return rootCertificates
}
