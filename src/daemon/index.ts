export { daemon } from './daemon.js'
export { DaemonGroup } from './daemon-group.js'
export { type DaemonOption, DaemonOptionError, WebConfigFileError } from './errors.js'
export type {
  DaemonDiscoveryOptions,
  DaemonNotifierOptions,
  DaemonOptions,
  DaemonReloadOptions,
  DaemonWebOptions,
} from './options.js'
export { notifySets, scrapeSets, taking } from './parts.js'
