import type { Registry } from 'prom-client'
import type { Mechanism } from '../../discovery/mechanism.js'

/** What the process gives every mechanism. */
export interface MechanismOptions {
  /** Where the mechanism's metrics are registered. */
  readonly registry: Registry
  /** The environment, for proxies, certificates and variables of a mechanism's own. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** The User-Agent of its requests. */
  readonly userAgent: string
  /** How many bytes of heap the process may use, which bounds what one answer may make. Default V8's limit. */
  readonly heapLimit?: number
}

/**
 * Makes a mechanism for one process: what an entry in the list of mechanisms is, and what a module for
 * `--discovery.mechanism` exports by default.
 */
export type MechanismFactory = (options: MechanismOptions) => Mechanism
