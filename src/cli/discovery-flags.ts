import { type GuardRule, parseGuardRule, StateStore } from '../discovery/index.js'
import type { Logger } from '../telemetry/index.js'
import type { Flags } from './flags.js'
import { UsageError } from './usage-error.js'

/** What the discovery flags ask for beyond what Prometheus does. */
export interface DiscoveryFlags {
  /** Keeps the last good groups over restarts; undefined where nothing is kept. */
  readonly store: StateStore | undefined
  /** When a sudden drop is held back; undefined for never. */
  readonly guard: GuardRule | undefined
}

/**
 * Makes sense of the discovery flags.
 * @throws {UsageError} when the guard's rule cannot be read
 */
export function readDiscoveryFlags(flags: Flags, logger: Logger): DiscoveryFlags {
  const { 'discovery.state-dir': folder, 'discovery.state-max-age': maxAgeMs } = flags
  return {
    store: folder === '' ? undefined : new StateStore({ folder, logger, maxAgeMs }),
    guard: readGuard(flags['discovery.guard']),
  }
}

function readGuard(rule: string): GuardRule | undefined {
  try {
    return rule === '' ? undefined : parseGuardRule(rule)
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new UsageError(`--discovery.guard: ${message}`, { cause })
  }
}
