import type { Observable, SchedulerLike } from 'rxjs'
import type { Labels } from '../labels/index.js'
import type { Logger } from '../telemetry/index.js'
import type { Turns } from '../waiting/turns.js'
import type { Type } from '../yaml/index.js'
import type { TargetGroup } from './groups/target-group.js'
import type { RefreshMetrics } from './refresh/refresh-metrics.js'

/** Something that was asked for could not be had. */
export interface Trouble {
  readonly error: unknown
  /** When it is tried again, on the scheduler's clock (milliseconds), where known. */
  readonly nextTry?: number | undefined
}

/** What a discoverer found out. Everything in one finding is true at once. */
export interface Finding {
  /** Groups that are new or may have changed. One without targets is gone. The core compares. */
  readonly groups?: readonly TargetGroup[]
  /**
   * Everything was asked: a group that no finding of this subscription has named is gone. Without
   * this, groups from before (of an earlier subscription, or of an earlier run) stay.
   */
  readonly complete?: true
  /**
   * An error, after which the discoverer goes on: its provider shows it until a finding is complete or
   * says that all is well. `null`: all is well, also where nothing changed.
   */
  readonly trouble?: Trouble | null
  /**
   * Further configs: each has a provider of its own, whose groups come to the same sets, until a later finding
   * has `configs` without it. A config that is there again, however often, keeps its provider. Those providers
   * may not find configs in turn.
   */
  readonly configs?: readonly DiscoveryConfig[]
}

/** What a target set shows at one moment, to a discoverer that makes configs of it. */
export interface FollowedSet {
  readonly groups: readonly TargetGroup[]
  /** The providers of the set that have never answered and have no groups of an earlier run: more may come. */
  readonly silent: readonly string[]
}

/** Finds target groups by one mechanism, for one config. */
export interface Discoverer {
  /**
   * What it finds, as a cold stream: subscribing starts the search, unsubscribing frees everything it
   * holds, timers, sockets and watches included. Findings take effect in their order.
   *
   * It may error: the provider then logs, waits (exponential back-off with jitter; an error's own
   * `retryAfterMs` is honoured) and subscribes again, and keeps the groups it had meanwhile. It never
   * completes on its own, except `static`.
   */
  findings(): Observable<Finding>
}

/** What a discoverer is given beside its config. */
export interface DiscovererContext {
  /** Carries `discovery=<mechanism>` and `config=<set>` already. */
  readonly logger: Logger
  /** The target set that created the discoverer: the `config` label of its metrics. */
  readonly set: string
  /** All time comes from here. */
  readonly scheduler: SchedulerLike
  /** A number in [0, 1), for jitter. */
  readonly random: () => number
  /** Work that takes more than a few milliseconds takes its time from here. */
  readonly turns: Turns
  readonly refreshMetrics: RefreshMetrics
  /** A request goes out: for the count that people see beside the provider. */
  countRequest?(): void
  /**
   * What a target set of the same manager shows: now, and whenever one of its providers has answered or the guard has
   * let go of something. Only for a mechanism that says in `follows` which set that is; left out where there
   * are no sets, as in a command that asks one provider.
   */
  readonly follow?: (set: string) => Observable<FollowedSet>
}

/** One way to find targets: the section that configures it, and the discoverer built from that. */
export interface Mechanism<C = unknown> {
  /** `consul`: names the provider (`consul/0`), the log field and the metrics label. */
  readonly name: string
  /** The key of its list in a scrape config or an alertmanager config: `consul_sd_configs`. */
  readonly key: string
  /** How one element of the list is read, checked and printed. */
  readonly section: Type<C>
  /**
   * The elements of the list together make one provider (`static_configs`): `create` gets the array of
   * them. Without this each element makes a provider of its own.
   */
  readonly wholeList?: true
  /**
   * Builds the discoverer; touches neither network nor timers (those wait for a subscriber).
   * @throws when the config cannot work as it is, such as a CA file that is missing; it is tried again
   * from time to time, unless the error has `permanent: true`
   */
  create(config: C, context: DiscovererContext): Discoverer
  /**
   * The target set whose targets it makes configs of. A target of that set brings many others: the guard weighs
   * the loss of each, whatever number its rule begins with.
   */
  follows?(config: C): string
}

/** One element of a `<mechanism>_sd_configs` list: the mechanism, and its section as decoded. */
export interface DiscoveryConfig {
  readonly mechanism: Mechanism
  readonly config: unknown
  /** Labels that each of its groups gets, in place of its own of that name. */
  readonly labels?: Labels
}

/** What each target set is configured with; a set without any has no targets, and is still known. */
export type SetConfigs = ReadonlyMap<string, readonly DiscoveryConfig[]>

/** Two mechanisms want one name or one key, or a name cannot be used. */
export class MechanismError extends Error {
  override readonly name = 'MechanismError'
  readonly code = 'ERR_DISCOVERY_MECHANISM'
}

/** The mechanisms a config may use. A value to pass around: there is no global one. */
export class MechanismRegistry implements Iterable<Mechanism> {
  readonly #byKey = new Map<string, Mechanism>()

  /** @throws {MechanismError} when two share a name or a key, or a name cannot be used */
  constructor(mechanisms: Iterable<Mechanism>) {
    const names = new Set<string>()
    for (const mechanism of mechanisms) {
      const { name, key } = mechanism
      if (!/^[a-zA-Z0-9_-]+$/.test(name)) {
        throw new MechanismError(
          `mechanism name ${JSON.stringify(name)}: use letters, digits, _, -`,
        )
      }
      if (names.has(name)) throw new MechanismError(`mechanism ${name} is there twice`)
      if (this.#byKey.has(key)) throw new MechanismError(`config key ${key} is there twice`)
      names.add(name)
      this.#byKey.set(key, mechanism)
    }
  }

  /** The mechanism behind a key such as `consul_sd_configs`. */
  get(key: string): Mechanism | undefined {
    return this.#byKey.get(key)
  }

  [Symbol.iterator](): Iterator<Mechanism> {
    return this.#byKey.values()
  }
}
