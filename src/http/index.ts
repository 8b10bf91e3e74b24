export type { Authorization, BasicAuth } from './section/auth.js'
export {
  defaultHttpClientConfig,
  type HttpClientConfig,
  httpClientConfig,
  httpClientConfigWith,
} from './section/client.js'
export { type GoUrl, parseGoUrl, redactUrl } from '../go/url.js'
export type { HeaderValues } from './section/headers.js'
export { type OAuth2, oauth2 } from './section/oauth2.js'
export { type ProxyConfig, proxyConfig } from './section/proxy.js'
export { type TlsConfig, tlsConfig, type TlsVersion, tlsVersion } from './section/tls.js'
export { url } from './section/url.js'
export {
  createHttpClient,
  type HttpClient,
  type HttpClientOptions,
  type HttpRequest,
  type HttpStreamRequest,
} from './client.js'
export { type Jwt, type JwtAlgorithm, signedJwt } from './credentials/jwt.js'
export {
  type AwsKeys,
  type AwsScope,
  type SignableRequest,
  signForAws,
} from './credentials/sigv4.js'
export { Deadline } from './deadline.js'
export type { Environment } from './environment.js'
export { HttpConfigError, HttpError, type HttpErrorKind } from './errors.js'
export { SentSecrets } from './sent-secrets.js'
export {
  type HttpResponse,
  type HttpStream,
  parseRetryAfter,
  statusError,
  statusLine,
} from './response.js'
