import type { DiscoveryConfig } from '../discovery/mechanism.js'
import { fingerprint } from '../discovery/provider/fingerprint.js'
import type { TargetGroup } from '../discovery/groups/target-group.js'

/** What the first line of a snapshot says it is. */
export const format = 'muster snapshot'
/** The version that is written; no other one is read. */
export const version = 1

/** Which manager a provider works for: for the targets of jobs, or for Alertmanagers. */
export type SnapshotManager = 'scrape' | 'notify'

/** The first line of a snapshot. */
export interface SnapshotHeader {
  /** What wrote it: `muster/1.2.0`. */
  readonly by: string
  /** When; an RFC 3339 time. */
  readonly at: string
  /** The names of the labels whose values are replaced by hashes. */
  readonly redacted: readonly string[]
}

/** One provider. Its groups follow in the file. */
export interface SnapshotSection {
  /** `consul/0` */
  readonly provider: string
  readonly manager: SnapshotManager
  /** `consul` */
  readonly mechanism: string
  /** Names the mechanism and its config; see `fingerprint`. */
  readonly fingerprint: string
  /** The jobs that have the provider, or `config-<i>` for Alertmanagers. */
  readonly sets: readonly string[]
  /** Its config as printed, secrets masked; left out where that is the targets themselves, or redacted. */
  readonly config?: unknown
  /** Why the snapshot has no groups of it. Left out: it has all of them. */
  readonly missing?: string
}

/** A section and what it holds; groups may be made while they are written. */
export interface SectionContent {
  readonly section: SnapshotSection
  readonly groups: Iterable<TargetGroup> | AsyncIterable<TargetGroup>
}

/** What a reader finds, in the order of the file. A group belongs to the last section before it. */
export type SnapshotEvent =
  | { readonly kind: 'header'; readonly header: SnapshotHeader }
  | { readonly kind: 'section'; readonly section: SnapshotSection }
  | { readonly kind: 'group'; readonly group: TargetGroup }

/** A snapshot cannot be read, or not be written, for a reason that is not the system's. */
export class SnapshotError extends Error {
  override readonly name = 'SnapshotError'
  readonly code = 'ERR_SNAPSHOT'
}

/** A provider as a snapshot describes it. */
export function sectionOf(
  manager: SnapshotManager,
  provider: string,
  source: DiscoveryConfig,
  sets: readonly string[],
): SnapshotSection {
  const { mechanism, config } = source
  return {
    provider,
    manager,
    mechanism: mechanism.name,
    fingerprint: fingerprint(source),
    sets,
    // A list of static targets would be there twice.
    ...(mechanism.wholeList !== true && { config: mechanism.section.encode(config) }),
  }
}
