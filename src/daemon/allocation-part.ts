import type { Allocator } from '../allocation/allocator.js'
import { loadAllocatorConfig, type LoadAllocatorOptions } from '../allocation/config.js'
import { memberSet } from '../allocation/roster.js'
import type { Config } from '../config/index.js'
import type { DiscoveryManager } from '../discovery/index.js'
import { namedChange } from '../reload/changes.js'
import type { Reloadable } from '../reload/index.js'
import { sameConfig } from '../yaml/index.js'

/** What is taken from one file of the allocator to the next. */
export interface AllocationParts {
  readonly allocator: Allocator
  /** Finds the members. */
  readonly discovery: DiscoveryManager
}

/**
 * The file of `--allocator.config.file` as a part of the reload: it is read again with each config, and refused
 * with it as a whole.
 */
export function allocationPart(
  file: string,
  { allocator, discovery }: AllocationParts,
  options: LoadAllocatorOptions,
): Reloadable<Config> {
  let inForce: unknown
  return {
    name: 'allocation',
    async prepare() {
      const config = await loadAllocatorConfig(file, options)
      const prepared = allocator.prepare(config)
      const members = discovery.prepare(new Map([[memberSet, config.members.discovery]]))
      const isOther = inForce !== undefined && !sameConfig(inForce, config)
      return {
        changes: namedChange('files changed', isOther ? [file] : []),
        commit() {
          inForce = config
          prepared.commit()
          return members.commit()
        },
        discard() {
          prepared.discard()
          members.discard()
        },
      }
    },
  }
}
