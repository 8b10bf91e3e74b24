export type { Alert } from './alert.js'
export {
  type AlertmanagerConfig,
  alertmanagerConfig,
  type NotifierConfig,
  setName,
} from './config.js'
export { AlertError, AlertmanagerConfigError } from './errors.js'
export { fixedAlertmanagers } from './fixed-alertmanagers.js'
export { httpTransport } from './http-transport.js'
export { type LossReason, lossReasons } from './loss.js'
export { type Alertmanagers, Notifier, type NotifierOptions } from './notifier.js'
export { PostError } from './outcome.js'
export type { LoopHealth } from './send-loop.js'
export type { Answer, Transport } from './transport.js'
export {
  createRelay,
  type Relay,
  type RelayAnswer,
  type RelayBuild,
  type RelayOptions,
} from './relay.js'
