/** What an Alertmanager answered to a post. */
export interface Answer {
  readonly status: number
  /** `503 Service Unavailable`. */
  readonly statusLine: string
  /** The beginning of the body, for messages. */
  readonly text: string
  /** The `Retry-After` header as it came; undefined when there was none. */
  readonly retryAfter: string | undefined
}

/** Brings a request body to an Alertmanager: the HTTP client of one `alertmanagers` section. */
export interface AlertTransport {
  /**
   * Posts JSON. Gives any answer there is, whatever its status.
   * @param signal ends the request at once
   * @throws when there was no answer
   */
  post(url: string, body: string, signal: AbortSignal): Promise<Answer>
  /** Frees its connections once the requests that run are over. Does not throw. */
  close(): Promise<void>
}
