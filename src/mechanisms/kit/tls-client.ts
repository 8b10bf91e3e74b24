import {
  createHttpClient,
  defaultHttpClientConfig,
  type HttpClient,
  type HttpClientOptions,
  type TlsConfig,
} from '../../http/index.js'

/**
 * The HTTP client of a section that has `tls_config` and no other key of one, for the `client` of `polled`:
 * redirects are followed, HTTP/2 is not offered, and there is no proxy, as in Prometheus.
 * @throws {HttpConfigError} where a certificate or key cannot be used
 */
export function tlsClient(
  { tls_config }: { readonly tls_config: TlsConfig },
  options: HttpClientOptions,
): HttpClient {
  const config = { ...defaultHttpClientConfig(), tls_config, enable_http2: false }
  return createHttpClient(config, options)
}
