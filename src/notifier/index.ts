export type { AlertmanagerConfig } from '../config/index.js'
export { type Alert, AlertError } from './alert.js'
export { AlertLog, type AlertLogOptions, type KeepResult } from './alert-log.js'
export { AlertLogError } from './alert-log-file.js'
export type { KeptAlert } from './alert-record.js'
export { FolderLockedError } from './folder-lock.js'
export {
  alertmanagerConfig,
  type NotifierConfig,
  setName,
  staticAlertmanagers,
} from './config.js'
export type { AlertTransport, Answer } from './alert-transport.js'
export { type DropReason, dropReasons } from './drop-reason.js'
export { httpTransport } from './http-transport.js'
export {
  type AlertLoss,
  AlertLossError,
  type AlertmanagerReport,
} from './outcomes.js'
export { sendAlerts, type SendAlertsOptions } from './send-alerts.js'
export {
  type Alertmanagers,
  Notifier,
  type NotifierOptions,
  type SendResult,
} from './notifier.js'
export { PostError } from './post.js'
export { OptionError } from '../waiting/option.js'
export { AlertmanagerConfigError } from './section-plan.js'
export type { LoopHealth } from './send-loop.js'
export {
  createRelay,
  type Relay,
  type RelayAnswer,
  type RelayBuild,
  type RelayOptions,
} from './relay.js'
