/** The options that are checked when a daemon is built. */
export type DaemonOption = 'web.listenAddresses' | 'web.externalUrl' | 'web.corsOrigin'

/** An option of the daemon has a value that cannot be used; `cause` says why. */
export class DaemonOptionError extends Error {
  override readonly name = 'DaemonOptionError'
  readonly code = 'ERR_DAEMON_OPTION'
  readonly option: DaemonOption

  constructor(option: DaemonOption, cause: unknown) {
    super(`${option}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    this.option = option
  }
}

/** The web config file cannot be read, or says something that cannot work; `cause` says what. */
export class WebConfigFileError extends Error {
  override readonly name = 'WebConfigFileError'
  readonly code = 'ERR_WEB_CONFIG_FILE'

  constructor(file: string, cause: unknown) {
    super(`Unable to validate web configuration file (--web.config.file=${file})`, { cause })
  }
}
