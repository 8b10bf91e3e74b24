import type { Environment, HttpResponse } from '../../http/index.js'
import type { OneRequest } from '../kit/send-once.js'

/** What finding a token may use of the outside: the environment, the network, files, the clock. */
export interface Ways {
  readonly env: Environment
  /** Asks Microsoft's login, as the section says; gives an answer of any status. */
  readonly send: (request: OneRequest) => Promise<HttpResponse>
  /** Asks a service of this machine, never through a proxy; gives an answer of any status. */
  readonly sendLocal: (request: OneRequest) => Promise<HttpResponse>
  /** The text of a file with a secret. */
  readonly readFile: (file: string) => Promise<string>
  /** Aborts when the token is not wanted any more. */
  readonly signal: AbortSignal
  /** Unix milliseconds. */
  readonly now: () => number
}

/** A token of Azure, and how long it is good for. */
export interface Token {
  readonly value: string
  /** Unix milliseconds. */
  readonly expiresAt: number
}

/** There are no credentials for Azure, or they are of no use as they are. The message never holds a secret. */
export class AzureCredentialsError extends Error {
  override readonly name: string = 'AzureCredentialsError'
  readonly code = 'ERR_AZURE_CREDENTIALS'
}

/** A source of credentials is not there at all: where several are tried, it is the next one's turn. */
export class NoAzureCredentialsError extends AzureCredentialsError {
  override readonly name = 'NoAzureCredentialsError'
}
