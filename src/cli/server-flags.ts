/** The flags of a command that asks a running server. */
export interface ServerFlags {
  /** Where it listens, with its route prefix. */
  readonly url: string
  /** A file with the HTTP section of Prometheus: TLS, credentials. */
  readonly 'http.config.file'?: string
}

/** Where a muster on the same machine listens if it is not told otherwise. */
export const defaultUrl = 'http://127.0.0.1:9099'
