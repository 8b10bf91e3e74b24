import type { Observable } from 'rxjs'
import type { ListPart } from '../scrape/lists/list-part.js'
import type { Epoch } from './epoch.js'
import type { MemberSpec } from './member.js'

/** What a member gets of one job, as it is at one moment. */
export interface Share {
  /** Another text whenever the list would be another. */
  readonly version: string
  /** How many targets. */
  readonly count: number
  /** For a list of the pool: the same objects for as long as their text is the same. */
  readonly parts: readonly ListPart[]
}

/**
 * How a member is doing: `joining` members are there and get nothing yet, `active` ones get their share,
 * `leaving` ones are gone and keep it for the grace, `silent` ones get their share and do not ask for it, `evicted`
 * ones lost it for that.
 */
export type MemberState = 'joining' | 'active' | 'leaving' | 'silent' | 'evicted'

/** A member, and how it is doing. */
export interface MemberStatus extends MemberSpec {
  readonly state: MemberState
  /** When it last asked for a list; milliseconds since 1970, undefined if never. */
  readonly lastSeen: number | undefined
  /** How often it says that it asks; milliseconds, undefined where it does not say. */
  readonly refreshMs: number | undefined
  /** How many targets it gets. */
  readonly targets: number
  /** How many of them it gets beside their next owner, for a while. */
  readonly overlapping: number
}

/** A target and who has it. */
export interface OwnedTarget {
  readonly job: string
  readonly address: string
  /** The labels that a scraped series gets. */
  readonly labels: Readonly<Record<string, string>>
  /** Best first; none where no member can have it. */
  readonly owners: readonly string[]
  /** Who has it beside them until the new owners do. */
  readonly leaving: readonly string[]
}

/** The shares of a job that are others now. */
export interface ShareChange {
  readonly job: string
  readonly members: ReadonlySet<string>
}

/** The allocation, to be read. */
export interface AllocationSource {
  /** `waiting`: the members are not known yet; `empty`: there is none. No list may be given in either. */
  readonly state: 'waiting' | 'empty' | 'ready'
  /** The hash of what the owners follow from: replicas that agree have the same. */
  readonly fingerprint: string
  /** In the order of their ids. */
  members(): readonly MemberStatus[]
  has(member: string): boolean
  /**
   * What a member gets of a job, targets that are on their way to another one included. Undefined for an id that
   * is no member and has no such targets.
   */
  share(job: string, member: string): Share | undefined
  /** Whether the shares of a job show everything that its pool shows. */
  isSettled(job: string): boolean
  /** How many targets of a job have no owner. @param job left out: of all jobs */
  unassigned(job?: string): number
  /** What is remembered; undefined before the members are known. */
  readonly epoch: Epoch | undefined
  /** How many targets have an old member beside the new one. */
  readonly overlapping: number
  /** How many targets wait for the budget to be moved. */
  readonly pending: number
  /** The jobs that are shared out, in the order of their names. */
  jobs(): readonly string[]
  /** How many targets there are. @param job left out: of all jobs */
  count(job?: string): number
  /** The hash of a job's targets and their owners; undefined for an unknown job. */
  jobFingerprint(job: string): string | undefined
  /** The targets of a job whose address before or after the rules is this one. */
  owners(job: string, address: string): readonly OwnedTarget[]
  /**
   * A member was given its share of a job: a target that is new in it needs no other owner soon.
   * @param refreshMs how often it says that it asks; milliseconds, undefined where it does not say
   */
  fetched(job: string, member: string, refreshMs: number | undefined): void
  /** Which shares have changed, after they have. */
  readonly changes: Observable<ShareChange>
}
