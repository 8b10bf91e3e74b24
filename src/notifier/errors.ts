/** An alert that no Alertmanager would take: a defect of the sender. */
export class AlertError extends Error {
  override readonly name = 'AlertError'
  readonly code = 'ERR_NOTIFIER_ALERT'
}

/** A section of `alertmanagers` cannot be used as it is. `cause` says why. */
export class AlertmanagerConfigError extends Error {
  override readonly name = 'AlertmanagerConfigError'
  readonly code = 'ERR_NOTIFIER_CONFIG'
  /** Which one, from 0. */
  readonly index: number

  constructor(index: number, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    super(`alerting.alertmanagers[${String(index)}]: ${reason}`, { cause })
    this.index = index
  }
}
