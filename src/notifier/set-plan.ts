import { type NameScheme, Relabeler } from '../relabel/index.js'
import type { AlertmanagerConfig } from './config.js'
import type { Resolution } from './resolve.js'
import type { Route } from './send-loop.js'
import type { Transport } from './transport.js'

/** A section of the config, ready for use: rules compiled, HTTP client built. */
export class SetPlan {
  readonly config: AlertmanagerConfig
  readonly scheme: NameScheme
  readonly transport: Transport
  readonly resolution: Resolution
  readonly alertRelabeler: Relabeler

  /** @throws when a rule's regex is not valid */
  constructor(config: AlertmanagerConfig, scheme: NameScheme, transport: Transport) {
    this.config = config
    this.scheme = scheme
    this.transport = transport
    this.resolution = {
      scheme: config.scheme,
      pathPrefix: config.path_prefix,
      relabeler: new Relabeler(config.relabel_configs, scheme),
    }
    this.alertRelabeler = new Relabeler(config.alert_relabel_configs, scheme)
  }

  get route(): Route {
    return { transport: this.transport, timeoutMs: this.config.timeout }
  }
}
