import { RefreshError } from '../../discovery/refresh/poll-once.js'
import type { Mechanism } from '../../discovery/mechanism.js'
import type { MechanismOptions } from '../kit/mechanism.js'
import { fileFindings } from './findings.js'
import { FileMetrics } from './metrics.js'
import { type FileConfig, fileSection } from './section.js'
import { watchFolder, type WatchFolder } from './watch.js'

export type { FileConfig } from './section.js'
export type { WatchFolder } from './watch.js'

export interface FileMechanismOptions extends Pick<MechanismOptions, 'registry'> {
  /** How folders are watched; tests bring their own. */
  readonly watch?: WatchFolder
  /** The most one file may have, in bytes; default 512 MiB. */
  readonly limit?: number
}

// A string of Node cannot be longer anyway.
const largest = 512 * 1024 * 1024

/**
 * Targets in files that others write: `file_sd_configs`. Files are watched, and read again every
 * `refresh_interval` as well. A file that cannot be read keeps its groups; one that is gone loses them.
 */
export function fileMechanism(options: FileMechanismOptions): Mechanism<FileConfig> {
  const metrics = new FileMetrics(options.registry)
  const { watch = watchFolder, limit = largest } = options
  return {
    name: 'file',
    key: 'file_sd_configs',
    section: fileSection,
    create({ files, refresh_interval }, context) {
      if (!(refresh_interval > 0)) {
        throw new RefreshError('refresh_interval must be greater than 0')
      }
      return {
        findings: () =>
          fileFindings({
            patterns: files,
            refreshMs: refresh_interval,
            context,
            metrics,
            watch,
            limit,
          }),
      }
    },
  }
}
