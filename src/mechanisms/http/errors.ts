/** A server answered, but not with target groups. */
export class HttpSdError extends Error {
  override readonly name = 'HttpSdError'
  readonly code = 'ERR_HTTP_SD'
}
