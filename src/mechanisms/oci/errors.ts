/** There is no key for Oracle's cloud. The message never holds a secret. */
export class OciKeyError extends Error {
  override readonly name = 'OciKeyError'
  readonly code = 'ERR_OCI_KEY'
}
