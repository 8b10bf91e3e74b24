import type { DiscoveryConfig } from '../mechanism.js'
import type { KeptProvider, RestoredGroups } from './state-keeper.js'

/** A file whose provider had a live answer; `isOnDisk` says whether this process has written it. */
interface KeptFile {
  readonly provider: KeptProvider
  readonly isOnDisk: boolean
}

/**
 * What is known of one state file. A file without a record is left alone: it does not exist, or a
 * provider began with it and had no live answer yet.
 */
export type FileRecord =
  /** An earlier run left it, and no provider has begun with it. */
  | { readonly state: 'loaded'; readonly restored: RestoredGroups }
  /** Its provider has something new: it has to be written. */
  | ({ readonly state: 'due' } & KeptFile)
  | ({ readonly state: 'writing' } & KeptFile)
  /** It has what its provider has. */
  | ({ readonly state: 'clean' } & KeptFile)
  /** A label of its provider's groups holds a password: it waits, unwritten, for other groups. */
  | ({ readonly state: 'withheld' } & KeptFile)
  /** No provider has its config any more: it has to be removed. */
  | { readonly state: 'obsolete' }
  /** Two configs that differ in their secrets alone share its name: it is removed, and not kept again. */
  | { readonly state: 'ambiguous'; readonly isRemoved: boolean }

type Known = FileRecord | undefined

/** A provider had a live answer, the same groups as before or others. */
export function afterAnswer(record: Known, provider: KeptProvider, isChanged: boolean): FileRecord {
  switch (record?.state) {
    case 'ambiguous':
      return record
    case 'due':
    case 'writing':
    case 'clean':
    case 'withheld':
      if (record.provider.source !== provider.source) {
        return { state: 'ambiguous', isRemoved: false }
      }
      return isChanged ? { state: 'due', provider, isOnDisk: record.isOnDisk } : record
    case 'loaded':
    case 'obsolete':
    case undefined:
      return { state: 'due', provider, isOnDisk: false }
  }
}

/** There is no provider with this config any more. */
export function afterForget(record: Known, source: DiscoveryConfig): Known {
  return providerOf(record)?.source === source ? { state: 'obsolete' } : record
}

/** How the writing of a file ended. `refused`: it must not be written, and there is none now. */
export type WriteOutcome = 'written' | 'refused' | 'failed'

/** The file was written, or not. Its provider may have had something new meanwhile, or have gone. */
export function afterWrite(record: Known, outcome: WriteOutcome): Known {
  if (record === undefined || !('provider' in record)) return record
  const isOnDisk = outcome === 'written' || (outcome === 'failed' && record.isOnDisk)
  if (record.state !== 'writing') return { ...record, isOnDisk }
  const { provider } = record
  switch (outcome) {
    case 'written':
      return { state: 'clean', provider, isOnDisk }
    case 'refused':
      return { state: 'withheld', provider, isOnDisk }
    case 'failed':
      // A full disk will have room again, and what changed last may not change again.
      return { state: 'due', provider, isOnDisk }
  }
}

/** The file was removed. Its config may be back by now. */
export function afterRemove(record: Known): Known {
  if (record?.state === 'obsolete') return undefined
  return record?.state === 'ambiguous' ? { ...record, isRemoved: true } : record
}

/** What has to be done with the file. */
export function workOn(record: Known): 'write' | 'remove' | undefined {
  if (record?.state === 'due') return 'write'
  const isLeftOver =
    record?.state === 'obsolete' || (record?.state === 'ambiguous' && !record.isRemoved)
  return isLeftOver ? 'remove' : undefined
}

/** Whether the file is still right, and must not grow too old: its provider is well. */
export function isFresh(record: FileRecord): boolean {
  // Asked of a provider that was stopped a moment ago as well.
  return 'provider' in record && record.isOnDisk && record.provider.status.consecutiveFailures === 0
}

function providerOf(record: Known): KeptProvider | undefined {
  return record !== undefined && 'provider' in record ? record.provider : undefined
}
