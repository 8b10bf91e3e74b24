/** A file of targets cannot be read as it is. */
export class TargetFileError extends Error {
  override readonly name = 'TargetFileError'
  readonly code = 'ERR_DISCOVERY_FILE'
}
