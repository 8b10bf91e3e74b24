/** A server answered, but not with what its mechanism can use. The message has nothing of the answer's values. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError'
  readonly code = 'ERR_MECHANISM_ANSWER'
}
