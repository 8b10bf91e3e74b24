/** Why an alert was given up: the label `reason` of `muster_notifications_dropped_total`. */
export type DropReason =
  /** Newer alerts needed its place in the queue. */
  | 'queue_full'
  /** It was over before it was delivered. */
  | 'expired'
  /** Alertmanager answered that it cannot take it. */
  | 'rejected'
  /** A rule of `alert_relabel_configs` failed on it. */
  | 'relabel_failed'
  /** Discovery does not find the Alertmanager any more, and it did not take it until the time to drain was up. */
  | 'removed'
  /** The process ends, and the Alertmanager did not take it until the time to drain was up. */
  | 'shutdown'
  /** The process ends, and no Alertmanager was discovered since the alert came. */
  | 'no_alertmanager'

/** All of them, for metrics that show each from the start. */
export const dropReasons: readonly DropReason[] = [
  'queue_full',
  'expired',
  'rejected',
  'relabel_failed',
  'removed',
  'shutdown',
  'no_alertmanager',
]

/** What the log says of each. */
export const dropMessages: Readonly<Record<DropReason, string>> = {
  queue_full: 'Alert notification queue full, dropping alerts',
  expired: 'Alerts expired before Alertmanager took them, dropping alerts',
  rejected: 'Alertmanager cannot take the alert, dropping it',
  relabel_failed: 'Relabelling an alert failed, dropping it',
  removed: 'Alertmanager is gone and did not take its last alerts, dropping alerts',
  shutdown: 'Alert notification queue not drained on shutdown, dropping alerts',
  no_alertmanager: 'No Alertmanager was discovered before the end, dropping alerts',
}

/** What the log says of alerts that are on disk, and come back at the next start. */
export const keptMessage =
  'Alerts were not delivered before the end, they are kept for the next start'

/** Whether alerts that are given up for this reason come back at the next start. @param keepsAlerts whether any do */
export function isKept(reason: DropReason, keepsAlerts: boolean): boolean {
  return keepsAlerts && (reason === 'shutdown' || reason === 'no_alertmanager')
}
