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

/** All of them, for metrics that show each from the start. */
export const lossReasons: readonly LossReason[] = [
  'queue_full',
  'expired',
  'rejected',
  'removed',
  'shutdown',
]
