/** Why an alert was given up. */
export type LossReason =
  /** Newer alerts needed its place in the queue. */
  | 'queue_full'
  /** It was over before it could be told. */
  | 'expired'
  /** Alertmanager answered that it cannot take it. */
  | 'rejected'
  /** Alertmanager left the discovered ones, and its last try failed. */
  | 'removed'
  /** The process ends, and the last try failed. */
  | 'shutdown'
  /** The process ends, and there never was an Alertmanager to tell it to. */
  | 'no_alertmanager'

/** All of them, for metrics that show each from the start. */
export const lossReasons: readonly LossReason[] = [
  'queue_full',
  'expired',
  'rejected',
  'removed',
  'shutdown',
  'no_alertmanager',
]

/** What the log says of each. */
export const lossMessages: Readonly<Record<LossReason, string>> = {
  queue_full: 'Alert notification queue full, dropping alerts',
  expired: 'Alerts expired before Alertmanager took them, dropping alerts',
  rejected: 'Alertmanager cannot take the alert, dropping it',
  removed: 'Alertmanager is gone and did not take its last alerts, dropping alerts',
  shutdown: 'Alert notification queue not drained on shutdown, dropping alerts',
  no_alertmanager: 'No Alertmanager was discovered before the end, dropping alerts',
}
