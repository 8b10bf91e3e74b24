import type { SigV4Config } from '../config/sections/sigv4.js'
import type { HttpClientOptions } from '../http/index.js'
import type { AwsSigner } from '../mechanisms/aws/signer.js'
import { abortReason } from '../waiting/abort-reason.js'

/** Amazon's managed Prometheus, unless the config names another service. */
const usualService = 'aps'

type State =
  | { readonly kind: 'unused' }
  | { readonly kind: 'loading'; readonly signer: Promise<AwsSigner> }
  | { readonly kind: 'closed' }

/** Signs posts of alerts for AWS, as a `sigv4` section says. What that takes is loaded with the first post. */
export class AlertSigner {
  readonly #config: SigV4Config
  readonly #options: HttpClientOptions
  #state: State = { kind: 'unused' }

  constructor(config: SigV4Config, options: HttpClientOptions) {
    this.#config = config
    this.#options = options
  }

  /**
   * Signs a post.
   * @returns the headers to send
   * @throws {AwsCredentialsError} where there are no keys, or no region; the signal's reason when it aborts
   */
  sign(
    post: {
      readonly url: string
      readonly headers: Readonly<Record<string, string>>
      readonly body: string
    },
    signal: AbortSignal,
  ): Promise<Readonly<Record<string, string>>> {
    const request = { ...post, method: 'POST', url: new URL(post.url) }
    return unlessAborted(
      this.#signer().then((signer) => signer.sign(request)),
      signal,
    )
  }

  /** Ends what looks for keys. Safe to call twice. */
  close(): void {
    const state = this.#state
    this.#state = { kind: 'closed' }
    if (state.kind !== 'loading') return
    state.signer.then(
      (signer) => signer.close(),
      // Each post that waits for it gets the error.
      () => undefined,
    )
  }

  #signer(): Promise<AwsSigner> {
    const state = this.#state
    if (state.kind === 'loading') return state.signer
    const signer = this.#load()
    if (state.kind === 'unused') this.#state = { kind: 'loading', signer }
    return signer
  }

  async #load(): Promise<AwsSigner> {
    const { AwsSigner } = await import('../mechanisms/aws/signer.js')
    const { environment = process.env, userAgent } = this.#options
    const service = this.#config.service_name || usualService
    return new AwsSigner(this.#config, service, { env: environment, userAgent, now: Date.now })
  }
}

/** Waits no longer than until the signal aborts. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(abortReason(signal))
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
    work.finally(() => signal.removeEventListener('abort', stop)).then(resolve, reject)
  })
}
