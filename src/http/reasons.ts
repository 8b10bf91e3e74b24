const tlsConfig = 'of tls_config'

/** What OpenSSL, Node and the system have against a connection, in plain words: what it is, and what can be changed. */
const plain: Readonly<Record<string, string>> = {
  ERR_SSL_WRONG_VERSION_NUMBER: notTls(),
  ERR_SSL_PACKET_LENGTH_TOO_LONG: notTls(),
  ERR_SSL_UNEXPECTED_MESSAGE: notTls(),
  ERR_SSL_HTTP_REQUEST: notTls(),
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: `the server wants a client certificate: set cert_file and key_file ${tlsConfig}`,
  ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE: `the server refused the TLS handshake: it wants a client certificate (cert_file and key_file ${tlsConfig}), or there is no cipher in common`,
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: refused('a bad one, or none, where it wants one'),
  ERR_SSL_SSLV3_ALERT_NO_CERTIFICATE: refused('there is none'),
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: refused('it has expired'),
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_REVOKED: refused('it is revoked'),
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: refused('it does not know it'),
  ERR_SSL_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE: refused('it is not for clients'),
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: refused('it does not trust its authority'),
  ERR_SSL_TLSV1_ALERT_ACCESS_DENIED: refused('access denied'),
  ERR_SSL_TLSV1_ALERT_DECRYPT_ERROR: refused('it cannot verify its signature'),
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: noVersion(),
  ERR_SSL_UNSUPPORTED_PROTOCOL: noVersion(),
  ERR_SSL_VERSION_TOO_LOW: noVersion(),
  ERR_SSL_NO_PROTOCOLS_AVAILABLE: `no TLS version satisfies min_version and max_version ${tlsConfig}; the lowest by default is TLS12`,
  ERR_SSL_TLSV1_UNRECOGNIZED_NAME: `the server does not know the name it is asked for: set server_name ${tlsConfig}`,
  ERR_SSL_TLSV1_ALERT_UNRECOGNIZED_NAME: `the server does not know the name it is asked for: set server_name ${tlsConfig}`,
  ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR:
    'the server failed in the TLS handshake by an error of its own, often for want of a certificate for the name: see server_name',
  ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL:
    'the server speaks neither HTTP/1.1 nor HTTP/2 over TLS on this port',
  ERR_SSL_TLSV1_ALERT_INSUFFICIENT_SECURITY:
    'the server wants stronger ciphers than there are in common',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority('unable to verify the first certificate'),
  UNABLE_TO_GET_ISSUER_CERT: unknownAuthority('unable to get issuer certificate'),
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority('unable to get local issuer certificate'),
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority('self-signed certificate in certificate chain'),
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownAuthority('self-signed certificate'),
  CERT_SIGNATURE_FAILURE: unknownAuthority('certificate signature failure'),
  CERT_HAS_EXPIRED: `x509: certificate has expired or is not yet valid: the server's, or that of an authority in ca_file ${tlsConfig}, has expired`,
  CERT_NOT_YET_VALID: `x509: certificate has expired or is not yet valid: the server's, or that of an authority in ca_file ${tlsConfig}, is not valid yet; is the clock right?`,
  INVALID_PURPOSE:
    'x509: certificate specifies an incompatible key usage: it is not for servers, its authority may not sign, or no authority in ca_file has signed it',
}

function notTls(): string {
  return 'the server does not speak TLS on this port: if it gave an HTTP response to an HTTPS client, write http:// (scheme: http)'
}

function noVersion(): string {
  return `no TLS version in common with the server: see min_version and max_version ${tlsConfig}; the lowest by default is TLS12`
}

function refused(why: string): string {
  return `the server refused the client certificate: ${why}; see cert_file and key_file ${tlsConfig}`
}

function unknownAuthority(detail: string): string {
  return `x509: certificate signed by unknown authority (${detail}): ca_file ${tlsConfig} has to have the certificate of the authority, or the server's own`
}

/** What Node says when a server hangs up in the middle of a TLS handshake. */
const handshakeEnd =
  'Client network socket disconnected before secure TLS connection was established'

/**
 * The reason of a failed request in plain words.
 * @param code of the error, empty where it has none
 */
export function plainReason(code: string, message: string): string {
  if (message === handshakeEnd) {
    return `other side closed in the TLS handshake: does it speak TLS on this port? If it does not, write http:// (scheme: http)`
  }
  // A proxy that is asked to connect.
  if (message === 'socket hang up') {
    return 'it hung up without an answer; if it speaks TLS on this port, write https://'
  }
  return plain[code] ?? withoutPlaces(message)
}

/** OpenSSL's own texts name its source files; only what it says is for people. */
function withoutPlaces(message: string): string {
  const [, reason, alert] =
    /^[0-9A-F]+:error:[0-9A-F]+:[^:]*:[^:]*:([^:]+):[^:]*:\d+:(SSL alert number \d+)?\s*$/.exec(
      message,
    ) ?? []
  if (reason === undefined) return message
  return `TLS: ${reason}${alert === undefined ? '' : ` (${alert})`}`
}
