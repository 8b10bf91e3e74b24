import type { HttpClientConfig, TlsConfig } from '../../http/index.js'
import { goQuote } from '../../go/quote.js'
import { faultOfFile } from './files.js'

/** What is wrong with the files that the HTTP client of a job names, in promtool's words. */
export async function faultsOfClient(
  http: HttpClientConfig,
  syntaxOnly: boolean,
): Promise<readonly string[]> {
  const faults: string[] = []
  const file = http.authorization?.credentials_file ?? ''
  const fault = syntaxOnly ? undefined : await faultOfFile(file)
  if (fault !== undefined) {
    const what = 'error checking authorization credentials or bearer token file'
    faults.push(`${what} ${goQuote(file)}: ${fault}`)
  }
  return [...faults, ...(await faultsOfTls(http.tls_config, syntaxOnly))]
}

/** What is wrong with the certificate and the key that a TLS section names. */
export async function faultsOfTls(tls: TlsConfig, syntaxOnly: boolean): Promise<readonly string[]> {
  const { cert_file: cert, key_file: key } = tls
  if (cert !== '' && key === '') {
    return [`client cert file ${goQuote(cert)} specified without client key file`]
  }
  if (key !== '' && cert === '') {
    return [`client key file ${goQuote(key)} specified without client cert file`]
  }
  if (syntaxOnly) return []
  const [certFault, keyFault] = await Promise.all([faultOfFile(cert), faultOfFile(key)])
  return [
    ...(certFault === undefined
      ? []
      : [`error checking client cert file ${goQuote(cert)}: ${certFault}`]),
    ...(keyFault === undefined
      ? []
      : [`error checking client key file ${goQuote(key)}: ${keyFault}`]),
  ]
}
