import type { Config } from '../config/index.js'
import type { DiscoveryManager } from '../discovery/index.js'
import type { Notifier } from '../notifier/index.js'
import type { Reloader } from '../reload/index.js'
import { type Gate, Group, type GroupOptions } from '../run/index.js'
import type { ScrapeManager } from '../scrape/index.js'
import type { WebServer } from '../web/index.js'
import type { WebSettings } from './web-settings.js'

interface DaemonParts {
  readonly ready: Gate
  readonly discovery: { readonly scrape: DiscoveryManager; readonly notify: DiscoveryManager }
  readonly pools: ScrapeManager
  readonly notifier: Notifier
  readonly reloader: Reloader<Config>
  readonly server: WebServer
  readonly web: WebSettings
}

/**
 * The daemon as a group of actors, with the parts that an embedder may want to look at. It is an actor
 * too, named `muster`, for those who have a group of their own.
 */
export class DaemonGroup extends Group {
  /** Opens once the first config is in force and the web server listens. */
  readonly ready: Gate
  /** The target groups that are found for jobs (`scrape`) and for Alertmanagers (`notify`). */
  readonly discovery: DaemonParts['discovery']
  /** The targets of every job. */
  readonly pools: ScrapeManager
  /** Sends alerts to every Alertmanager. */
  readonly notifier: Notifier
  /** Has the config that runs, and takes the next one. */
  readonly reloader: Reloader<Config>
  readonly #server: WebServer
  readonly #web: WebSettings

  constructor(options: GroupOptions, parts: DaemonParts) {
    super(options)
    this.ready = parts.ready
    this.discovery = parts.discovery
    this.pools = parts.pools
    this.notifier = parts.notifier
    this.reloader = parts.reloader
    this.#server = parts.server
    this.#web = parts.web
  }

  /** Where the web server listens: `http://127.0.0.1:9099/`, with the route prefix; empty until it does. */
  get urls(): readonly string[] {
    const { routePrefix, protection } = this.#web
    const scheme = protection?.isTls === true ? 'https' : 'http'
    const path = routePrefix === '/' ? '/' : `${routePrefix}/`
    return this.#server.addresses.map((address) => `${scheme}://${address}${path}`)
  }
}
