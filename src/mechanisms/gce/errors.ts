/** There are no credentials for Google's cloud. The message never holds a secret. */
export class GoogleCredentialsError extends Error {
  override readonly name = 'GoogleCredentialsError'
  readonly code = 'ERR_GOOGLE_CREDENTIALS'
}
