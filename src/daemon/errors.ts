/** The options that are checked when a daemon is built. */
export type DaemonOption =
  | 'stopTimeoutMs'
  | 'reload.intervalMs'
  | 'reload.timeoutMs'
  | 'web.listenAddresses'
  | 'web.readTimeoutMs'
  | 'web.maxConnections'
  | 'web.externalUrl'
  | 'web.corsOrigin'
  | 'web.httpSdIncompleteAfterMs'
  | 'discovery.stateMaxAgeMs'
  | 'discovery.guard'
  | 'discovery.events'
  | 'notifier.queueCapacity'
  | 'notifier.batchSize'
  | 'notifier.stateMaxBytes'
  | 'allocator.consul'

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

/** Reads or checks an option. @throws {DaemonOptionError} naming it, for what that throws */
export function orOptionError<T>(option: DaemonOption, read: () => T): T {
  try {
    return read()
  } catch (cause) {
    throw new DaemonOptionError(option, cause)
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
