/** A file of targets cannot be written, or its folder not be used. */
export class FileSdError extends Error {
  override readonly name = 'FileSdError'
  readonly code = 'ERR_OUTPUT_FILE_SD'
}
