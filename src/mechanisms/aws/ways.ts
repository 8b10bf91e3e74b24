import type { Environment, HttpResponse } from '../../http/index.js'
import type { OneRequest } from '../kit/send-once.js'

export { reasonOf, variable } from '../kit/surroundings.js'

/** What finding keys may use of the outside: the environment, the network, the clock. */
export interface Ways {
  readonly env: Environment
  /** Asks a service of AWS, as the section says; gives an answer of any status. */
  readonly send: (request: OneRequest) => Promise<HttpResponse>
  /** Asks a service of this machine, never through a proxy; gives an answer of any status. */
  readonly sendLocal: (request: OneRequest) => Promise<HttpResponse>
  /** Aborts when the keys are not wanted any more. */
  readonly signal: AbortSignal
  /** Unix milliseconds. */
  readonly now: () => number
}

/** There are no keys for AWS, or no region. The message never holds a secret. */
export class AwsCredentialsError extends Error {
  override readonly name = 'AwsCredentialsError'
  readonly code = 'ERR_AWS_CREDENTIALS'
}
