export { formatChanges } from './changes.js'
export {
  formatReasons,
  InitialLoadError,
  ReloadStoppedError,
  ReloadTimeoutError,
  ReloadUsageError,
} from './errors.js'
export { hashFiles } from './hash-files.js'
export { Reloader, type ReloaderOptions } from './reloader.js'
export type { Prepared, Reloadable } from './reloadable.js'
export type {
  CheckResult,
  PartChanges,
  PartTiming,
  ReloadFailure,
  ReloadReason,
  ReloadResult,
  ReloadStatus,
  ReloadSuccess,
} from './result.js'
export type { ReloadRequest, Trigger, TriggerContext } from './trigger.js'
export {
  type ContentChangeOptions,
  everyMs,
  onContentChange,
  onSignal,
  type SignalEvents,
} from './triggers.js'
