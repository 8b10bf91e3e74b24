import type { Labels } from '../../../src/labels/index.js'
import type { Mechanism } from '../../../src/discovery/index.js'
import type { MechanismOptions } from '../../../src/mechanisms/kit/index.js'
import type { Peer } from '../../helpers/peers.js'
import type { CloudAnswer, CloudRequest } from './clouds.js'
import type { FakeClock } from '../../../src/testing/discovery/index.js'

/**
 * What the suite knows of one mechanism: the default export of `test/mechanisms/<name>/cases.ts`. Each
 * secret in it has the word `geheim`, so that the suite can search for it.
 */
export interface MechanismCases {
  readonly section: SectionCases
  /** The ways in which it finds targets, such as its roles. */
  readonly runs?: readonly RunCases[]
  /**
   * The labels whose names end in one that a user chose, such as that of a tag: what they begin with, and what
   * the page of the mechanism calls the rest. `{ __meta_x_tag_: 'tag' }` is `__meta_x_tag_<tag>` there.
   */
  readonly families?: Readonly<Record<string, string>>
}

/** One element of the mechanism's list, as keys and values. */
export type Element = Readonly<Record<string, unknown>>

/** How the mechanism's section is read, checked and printed. */
export interface SectionCases {
  /** The fewest keys that it takes: without any one of these it is refused. */
  readonly least: Element
  /** What it needs besides where it has keys of the HTTP client. */
  readonly withHttp?: Element
  /** What it is printed as with these keys alone: every default that Prometheus prints. */
  readonly prints: Element
  /** Every key that it has, but for those of the HTTP client; several where they exclude each other. */
  readonly most: readonly Element[]
  /** What it refuses: the element, and what is said of it, as `line:column: key: message`. */
  readonly refused: readonly (readonly [element: Element, ...says: string[]])[]
  /** What Prometheus 3.5.3 says where it says something else: by muster's message. */
  readonly saysOtherwise?: Readonly<Record<string, string>>
}

/** One way in which a mechanism finds targets. */
export interface RunCases {
  /** `with role hcloud`; empty for a mechanism that has one way only. */
  readonly title: string
  /**
   * `polls`: it asks again after a time that it announces. `watches`: it notices changes by itself, and
   * retries in its own way. `once`: it never looks again.
   */
  readonly pace: 'polls' | 'watches' | 'once'
  /** @param folder that of the mechanism's cases */
  open(folder: string): Promise<Stage>
  /** What may go wrong, and leaves the targets as they were. */
  readonly faults: readonly FaultCase[]
  /** What may change, and the targets that there are then. */
  readonly changes?: readonly ChangeCase[]
  /** Where it may be stopped while it works. */
  readonly pauses: readonly string[]
  /** It watches beside its polls, and may poll once more when the way to the server is open again. */
  readonly watches?: true
  /** How long it keeps what it knows after it was stopped, so that a reload does not ask again; milliseconds. */
  readonly lingerMs?: number
  /** A failure concerns a part of what it polls for, and is no failed refresh. */
  readonly failsInPart?: true
  /** It has no labels but those of the runs before it: the page of the mechanism lists them once. */
  readonly sameLabels?: true
  /** A counter of failures of the mechanism's own. */
  readonly failureCounter?: string
  /** How its labels are compared with those of a real Prometheus; or why they are not. */
  readonly oracle: OracleCase | string
  /** The API that it polls, for the test bed, where each is found under its own host. @param folder as above */
  readonly api?: (folder: string) => ApiCase
}

/** An API that answers well. */
export interface ApiCase {
  /** What leads a config there that needs no proxy. */
  readonly config: Element
  /** The keys that lead to it at an origin; undefined for one that has a host of its own. */
  readonly at?: (origin: string) => Element
  /** The variables that it needs, such as where its credentials are. @param folder a place for these */
  readonly environment?: (folder: string) => Promise<Readonly<Record<string, string>>>
  /** `api.hetzner.cloud`; none for one that may be anywhere. */
  readonly hosts: readonly string[]
  /** @param port that of an API that may be anywhere */
  targets(port: number): readonly Labels[]
  /**
   * Undefined where it has no such request.
   * @param origin where an API is that may be anywhere
   */
  answer(request: CloudRequest, origin: string): CloudAnswer | undefined
}

/** Something that goes wrong. */
export interface FaultCase {
  /** Follows "where it": `answers 401`. */
  readonly title: string
  /** What the provider's error says. */
  readonly says: string | RegExp
  /** When it tries again, in milliseconds; default: after the first wait of the back-off. */
  readonly waitMs?: number
  /** It is found out only when this many milliseconds have passed. */
  readonly limitMs?: number
}

/** Something that changes. */
export interface ChangeCase {
  readonly title: string
  /** The targets that there are then. @param all those of before */
  readonly targets: (all: readonly Labels[]) => readonly Labels[]
}

/** What has Prometheus' discovery: Prometheus itself, or vmagent for what Debian's build of it lacks. */
export type OracleRelease = 'vmagent' | (Peer & `prometheus${string}`)

/** A comparison with a real Prometheus. */
export interface OracleCase {
  /** The one to compare with; default Prometheus 3.5.3. */
  readonly release?: OracleRelease
  /** Both need the environment of the stage: the real one is started for this comparison alone. */
  readonly alone?: true
  /** The labels that one of both does not have or that differ, on purpose. One that is equal after all fails. */
  readonly differences?: Readonly<Record<string, 'ours' | 'theirs' | 'value'>>
}

/** A point at which work will stop. */
export interface Reached {
  /** Settles when it has come there. */
  readonly reached: Promise<void>
}

/** The place where a mechanism finds its targets, played by the test. */
export interface Stage {
  /** The element that leads there. */
  readonly config: Element
  /** The environment in which it runs; default an empty one. */
  readonly env?: Readonly<Record<string, string>>
  /** All targets there are, with the labels of their groups. */
  readonly targets: readonly Labels[]
  /** Makes a mechanism that needs more than the daemon gives it, such as a port or a clock. */
  make?(options: MechanismOptions, scheduler: FakeClock): Mechanism
  /** What it was asked for so far; undefined where it is not asked. */
  readonly asked?: readonly string[]
  /** What it should be asked for in one search, in this order. */
  readonly expected?: readonly string[]
  /** What it was asked for and has no answer to. */
  readonly unexpected?: readonly string[]
  /** Secrets that it was shown, in the form in which they came. */
  readonly secrets: readonly string[]
  /** A text with the names that people are shown, where an address or folder is known only when it is open. */
  named?(text: string): string
  /** How many connections it has now. */
  readonly connections: number
  /** From now on this goes wrong, or is otherwise: the title of a fault or a change. */
  begin(title: string): Promise<void>
  /** Whether a request has run into what {@link begin} started; undefined where that is not known. */
  readonly met?: boolean
  /** All is as it was at first. */
  mend(): Promise<void>
  /** From now on the work stops when it comes to this point. */
  pause(point: string): Promise<Reached>
  close(): Promise<void>
}

/** An element as YAML: a line for each key. */
export function yamlOf(element: Element): string {
  const lines = Object.entries(element).map(([key, value]) => `${key}: ${JSON.stringify(value)}`)
  return lines.length === 0 ? '{}' : lines.join('\n')
}
