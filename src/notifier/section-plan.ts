import type { AlertmanagerConfig } from '../config/index.js'
import { maxWork, type NameScheme, Relabeler } from '../relabel/index.js'
import type { AlertTransport } from './alert-transport.js'
import type { Resolution } from './resolve.js'
import type { PostOptions } from './post.js'

/** A section of `alertmanagers` cannot be used as it is. `cause` says why. */
export class AlertmanagerConfigError extends Error {
  override readonly name = 'AlertmanagerConfigError'
  readonly code = 'ERR_NOTIFIER_CONFIG'
  /** Which one, from 0. */
  readonly index: number

  constructor(index: number, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    super(`alerting.alertmanagers[${String(index)}]: ${reason}`, { cause })
    this.index = index
  }
}

/** A section of the config, ready for use: rules compiled, HTTP client built. */
export interface SectionPlan {
  readonly config: AlertmanagerConfig
  readonly scheme: NameScheme
  readonly resolution: Resolution
  readonly alertRelabeler: Relabeler
  readonly post: PostOptions
}

/**
 * Makes a section ready for use.
 * @throws when a rule's regex is not valid, or the HTTP client cannot be built
 */
export function planSection(
  config: AlertmanagerConfig,
  scheme: NameScheme,
  createTransport: (config: AlertmanagerConfig) => AlertTransport,
): SectionPlan {
  const relabeler = new Relabeler(config.relabel_configs, scheme, maxWork)
  const alertRelabeler = new Relabeler(config.alert_relabel_configs, scheme, maxWork)
  return {
    config,
    scheme,
    resolution: { scheme: config.scheme, pathPrefix: config.path_prefix, relabeler },
    alertRelabeler,
    // Last: whatever fails before it leaves nothing to close.
    post: { transport: createTransport(config), timeoutMs: config.timeout },
  }
}
