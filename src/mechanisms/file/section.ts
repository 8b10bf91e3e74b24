import { checked, duration, field, filePath, list, struct, type Type } from '../../yaml/index.js'
import { minute } from '../kit/section.js'

/** One element of `file_sd_configs`. */
export interface FileConfig {
  /** Patterns of paths, absolute. */
  readonly files: readonly string[]
  /** Milliseconds. */
  readonly refresh_interval: number
}

// At most one `*`, in the last segment; Prometheus takes no other spelling of the extensions.
const usable = /^[^*]*(\*[^/]*)?\.(json|yml|yaml|JSON|YML|YAML)$/

/** How one element of `file_sd_configs` is read. */
export const fileSection: Type<FileConfig> = checked(
  struct('file.plain', {
    files: field(list(filePath)),
    refresh_interval: field(duration, 5 * minute),
  }),
  ({ files }, fail) => {
    if (files.length === 0) {
      fail('file service discovery config must contain at least one path name')
    }
    for (const name of files) {
      if (!usable.test(name)) {
        fail(`path name ${JSON.stringify(name)} is not valid for file discovery`)
      }
    }
  },
)
