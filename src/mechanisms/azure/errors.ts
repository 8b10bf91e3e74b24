import { HttpError } from '../../http/index.js'
import { AnswerError } from '../kit/errors.js'

/** The machines of one or more scale sets could not be had. */
export class AzureScaleSetError extends Error {
  override readonly name = 'AzureScaleSetError'
  readonly code = 'ERR_AZURE_SCALE_SET'
}

/** The same error with what was tried before its text. */
export function prefixed(what: string, error: unknown): unknown {
  if (error instanceof AnswerError) {
    return new AnswerError(`${what}: ${error.message}`, { cause: error })
  }
  if (!(error instanceof HttpError)) return error
  const { status, retryAfterMs } = error
  return new HttpError(error.kind, `${what}: ${error.message}`, {
    cause: error,
    ...(status === undefined ? {} : { status }),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  })
}
