/** The server cannot be asked, or does not answer as muster does. */
export class AskError extends Error {
  override readonly name = 'AskError'
  readonly code = 'ERR_WHY_ASK'
}
