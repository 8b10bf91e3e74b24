export type { Authorization, BasicAuth } from './auth-config.js'
export { defaultHttpClientConfig, type HttpClientConfig, httpClientConfig } from './config.js'
export { type GoUrl, parseGoUrl, redactUrl } from '../go/url.js'
export type { HeaderValues } from './headers-config.js'
export { type OAuth2, oauth2 } from './oauth2-config.js'
export { anyValue } from './plain-value.js'
export { type ProxyConfig, proxyConfig } from './proxy-config.js'
export { type TlsConfig, tlsConfig, type TlsVersion, tlsVersion } from './tls-config.js'
export { url } from './url-type.js'
export {
  createHttpClient,
  type HttpClient,
  type HttpClientOptions,
  type HttpRequest,
} from './client.js'
export type { Environment } from './environment.js'
export { HttpConfigError, HttpError, type HttpErrorKind } from './errors.js'
export { type HttpResponse, parseRetryAfter, statusError, statusLine } from './response.js'
