import { type Environment, type SignableRequest, signForAws } from '../../http/index.js'
import { sendOnce } from '../kit/send-once.js'
import { type AwsAccount, AwsIdentity } from './identity.js'
import type { Ways } from './ways.js'

/** What a signer may use of the outside. */
export interface SignerOptions {
  readonly env: Environment
  readonly userAgent: string
  /** Unix milliseconds. */
  readonly now: () => number
}

/** Signs requests that go to AWS by a client of another room. */
export class AwsSigner {
  readonly #identity: AwsIdentity
  readonly #service: string
  readonly #now: () => number
  readonly #closing = new AbortController()
  readonly #ways: Ways

  /** @param service the name by which AWS knows the service: `aps` */
  constructor(account: AwsAccount, service: string, { env, userAgent, now }: SignerOptions) {
    const { signal } = this.#closing
    this.#identity = new AwsIdentity(account)
    this.#service = service
    this.#now = now
    this.#ways = {
      env,
      signal,
      now,
      send: (request) => sendOnce(request, { env, userAgent, signal }, true),
      sendLocal: (request) => sendOnce(request, { env, userAgent, signal }),
    }
  }

  /**
   * Signs a request.
   * @returns the headers to send
   * @throws {AwsCredentialsError} where there are no keys, or no region
   */
  async sign(request: SignableRequest): Promise<Readonly<Record<string, string>>> {
    const region = await this.#identity.region(this.#ways)
    const keys = await this.#identity.keys(this.#ways)
    return signForAws(request, { region, service: this.#service }, keys, this.#now())
  }

  /** Ends what looks for keys. Safe to call twice. */
  close(): void {
    this.#closing.abort()
  }
}
