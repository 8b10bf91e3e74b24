/** Stable names for what can go wrong in the web server. */
export type WebErrorCode =
  /** A listen address cannot be read. */
  | 'ERR_WEB_LISTEN_ADDRESS'
  /** A listen address cannot be listened on. */
  | 'ERR_WEB_LISTEN'
  /** The external URL cannot be used. */
  | 'ERR_WEB_EXTERNAL_URL'

/** The web server cannot work as it was configured. */
export class WebError extends Error {
  override readonly name = 'WebError'
  readonly code: WebErrorCode

  constructor(code: WebErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** A web config (`--web.config.file`) says something that cannot work: certificates, clients, passwords. */
export class WebConfigError extends Error {
  override readonly name = 'WebConfigError'
  readonly code = 'ERR_WEB_CONFIG'
}
