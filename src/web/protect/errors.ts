/** The file of `--web.config.file` cannot be used. */
export class WebConfigError extends Error {
  override readonly name = 'WebConfigError'
  readonly code = 'ERR_WEB_CONFIG_FILE'
}
