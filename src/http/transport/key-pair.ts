import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'

/**
 * Checks that a client certificate and its key can be used, where OpenSSL says little about what is wrong, or
 * nothing: it takes a key of another kind than the certificate's, and then shows no certificate.
 * @param cert PEM, the client's certificate first
 * @param key PEM
 * @throws {Error} in Go's words where there are any
 */
export function checkKeyPair(cert: string, key: string): void {
  const certificate = certificateOf(cert)
  const privateKey = keyOf(key)
  if (certificate.publicKey.asymmetricKeyType !== privateKey.asymmetricKeyType) {
    throw new Error('tls: private key type does not match public key type')
  }
  if (!certificate.checkPrivateKey(privateKey)) {
    throw new Error('tls: private key does not match public key of the first certificate')
  }
}

const someKey = /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----/
const someCertificate = /-----BEGIN CERTIFICATE-----/

function certificateOf(pem: string): X509Certificate {
  if (!someCertificate.test(pem)) {
    throw new Error(
      someKey.test(pem)
        ? 'tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched'
        : 'tls: failed to find any PEM data of a certificate in certificate input',
    )
  }
  try {
    // What stands before the first certificate may be its key.
    return new X509Certificate(pem.slice(pem.search(someCertificate)))
  } catch (error) {
    throw new Error(`x509: malformed certificate: ${messageOf(error)}`, { cause: error })
  }
}

function keyOf(pem: string): KeyObject {
  if (!someKey.test(pem)) {
    throw new Error(
      someCertificate.test(pem)
        ? 'tls: found a certificate rather than a key in the PEM for the private key'
        : 'tls: failed to find any PEM data of a private key in key input',
    )
  }
  const first = pem.slice(pem.search(someKey))
  if (/^-----BEGIN ENCRYPTED|^[^\n]*\r?\nProc-Type: 4,ENCRYPTED/.test(first)) {
    throw new Error(
      'tls: failed to parse private key: it is encrypted; write it without its passphrase (openssl pkey -in key.pem -out plain.pem)',
    )
  }
  try {
    return createPrivateKey(first)
  } catch (error) {
    throw new Error(`tls: failed to parse private key: ${messageOf(error)}`, { cause: error })
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
