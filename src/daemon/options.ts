import type { Registry } from 'prom-client'
import type { Config } from '../config/index.js'
import type { GuardRule } from '../discovery/index.js'
import type { MechanismFactory } from '../mechanisms/index.js'
import type { Reloadable } from '../reload/index.js'
import type { NotifySend, SignalSource, StopReport } from '../run/index.js'
import type { Logger } from '../telemetry/index.js'
import type { Turns } from '../waiting/turns.js'
import type { BuildInfo } from '../web/index.js'

/** What a daemon is built from. Only the config file has no default. */
export interface DaemonOptions {
  /** The path of the `prometheus.yml` to run. Relative paths in it start from its folder. */
  readonly configFile: string
  readonly reload?: DaemonReloadOptions
  readonly web?: DaemonWebOptions
  readonly discovery?: DaemonDiscoveryOptions
  readonly notifier?: DaemonNotifierOptions
  readonly allocator?: DaemonAllocatorOptions
  readonly outputs?: DaemonOutputsOptions
  /** Your own parts that take the config; they commit after the daemon's parts. Default: none. */
  readonly parts?: readonly Reloadable<Config>[]
  /**
   * Where signals come from, such as `process`: SIGINT and SIGTERM stop the daemon, SIGHUP reloads its
   * config. Default: none, for a daemon that its embedder stops with `interrupt`.
   */
  readonly signals?: SignalSource
  /** Called at a second SIGINT with the actors that block the stop: end the process here. Default: nothing. */
  readonly onForce?: (report: StopReport) => void
  /**
   * Carries notifications to systemd, such as `systemdNotifyCommand`: ready, reloading, stopping, the watchdog, and a
   * status with counts. Nothing is sent unless `env` has NOTIFY_SOCKET. Default: none.
   */
  readonly notify?: NotifySend
  /** Milliseconds from the first interrupt until actors that have not stopped are given up. Default 25,000. */
  readonly stopTimeoutMs?: number
  /** Default: logs nothing, and what fails during the stop is part of what `run` rejects with. */
  readonly logger?: Logger
  /** Takes every metric, and is what `/metrics` shows; one for each daemon. Default: a new one. */
  readonly registry?: Registry
  /** Where long work takes its time from; daemons of one process may share it. Default: a new one. */
  readonly turns?: Turns
  /** Names proxies, Consul's variables and what `external_labels` may refer to. Default: empty. */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** What `/api/v1/status/buildinfo` and the User-Agent say. Default: read from muster's package.json. */
  readonly build?: BuildInfo
  /** What `/api/v1/status/flags` shows. Default: nothing. */
  readonly flags?: Readonly<Record<string, string>>
  /** What they are by themselves: the page of flags tells those that were changed. Default: not known. */
  readonly defaultFlags?: Readonly<Record<string, string>>
}

/** When the config is loaded again; `reloader.reload()` and `POST /-/reload` work in any case. */
export interface DaemonReloadOptions {
  /**
   * Milliseconds between two looks at whether the content of the config file, or of a file it includes,
   * has changed; it is loaded again then. Default: undefined, which looks never.
   */
  readonly intervalMs?: number | undefined
  /** Milliseconds that loading, and then the preparations of all parts together, may take. Default 60,000. */
  readonly timeoutMs?: number
}

/** The HTTP server: the API, `/http_sd/<job>` and `/metrics`. */
export interface DaemonWebOptions {
  /**
   * `host:port`, `:port` or `[v6]:port`; port 0 takes a free one, an empty list opens none. Default
   * `['127.0.0.1:9099']`.
   */
  readonly listenAddresses?: readonly string[]
  /** The path of a web config file (TLS, basic auth, headers), as Prometheus has it. Default: empty, for none. */
  readonly configFile?: string
  /** Milliseconds that a request may take to arrive, and that a connection may idle; 0 is for ever. Default 300,000. */
  readonly readTimeoutMs?: number
  /** Connections served at once, over all addresses; more of them wait. Default 512. */
  readonly maxConnections?: number
  /** The URL under which others reach this server. Default: empty, for `http://<hostname>:<port>/`. */
  readonly externalUrl?: string
  /** The prefix of every route. Default: empty, for the path of `externalUrl`. */
  readonly routePrefix?: string
  /** Whether `POST /-/reload`, `POST /-/quit` and the guard's routes do what they say. Default false. */
  readonly enableLifecycle?: boolean
  /** Origins that may read the API from a browser: RE2 syntax, anchored. Default `.*`. */
  readonly corsOrigin?: string
  /**
   * Milliseconds after which `/http_sd/<job>` is given without the targets of providers that have never answered,
   * from when it was first asked for. Default `Infinity`: the answer is a 503 until all of them have answered.
   */
  readonly httpSdIncompleteAfterMs?: number
}

/** What discovery does beyond Prometheus. */
export interface DaemonDiscoveryOptions {
  /** A folder that keeps the last good target groups over restarts. Default: undefined, which keeps none. */
  readonly stateDir?: string | undefined
  /** Milliseconds that kept groups may be old and still be used. Default 86,400,000: a day. */
  readonly stateMaxAgeMs?: number
  /** When a loss of targets is held back. Default: undefined, which holds back none. */
  readonly guard?: GuardRule | undefined
  /**
   * The path of a chains file, in which targets of one set become configs of another. It is read with the config file, and
   * reloaded with it. Default: undefined, for none.
   */
  readonly chainsFile?: string | undefined
  /** Your own mechanisms beside the built-in ones. Default: none. */
  readonly mechanisms?: readonly MechanismFactory[]
  /** Target events that are kept for `/api/v1/targets/events`; 0 for none. Default 1000. */
  readonly events?: number
}

/** How alerts are sent. */
export interface DaemonNotifierOptions {
  /** The most alerts that wait for one Alertmanager. Default 10,000. */
  readonly queueCapacity?: number
  /** The most alerts in one request. Default 256. */
  readonly batchSize?: number
  /** Whether what is queued is sent before the daemon ends. Default true. */
  readonly drainOnShutdown?: boolean
  /** Whether `POST /api/v2/alerts` takes alerts and sends them to every Alertmanager. Default false. */
  readonly relay?: boolean
  /**
   * A folder that keeps the alerts which the relay has taken until they are over: the answer 200 means that they are
   * on disk, and they are sent again after a restart. Default: undefined, which keeps none.
   */
  readonly stateDir?: string | undefined
  /** The most that the kept alerts may take, in bytes. Default 67,108,864: 64 MiB. */
  readonly stateMaxBytes?: number
}

/** How targets are shared out among members, such as collectors. */
export interface DaemonAllocatorOptions {
  /** The path of the file that says among which members, and how. Default: empty, and nothing is shared out. */
  readonly configFile?: string
  /**
   * Whether `/scrape_configs` shows passwords and tokens to every client. Default false: only to those with a certificate
   * that `client_ca_file` of the web config file verifies.
   */
  readonly insecureSecrets?: boolean
  /** Whether a list for a member that is not there is refused with a 404. Default false: it is empty. */
  readonly strict?: boolean
  /**
   * A Consul in which several daemons elect the one that decides for all of them: `host:port`, or with `http://` or
   * `https://` before it; its token is CONSUL_HTTP_TOKEN of `env`. Default: empty, and each decides for itself.
   */
  readonly consul?: string
  /** The name of the daemons that decide together. Default `default`. */
  readonly cluster?: string
}

/** Where targets go beside the web server. */
export interface DaemonOutputsOptions {
  /** A folder that gets a file of targets for each job, for `file_sd_configs`. Default: undefined, which writes none. */
  readonly fileSdDir?: string | undefined
  /** Whether those files have the interval and the timeout of each target. Default true. */
  readonly fileSdSettings?: boolean
}

/** The options that have a plain default, with it in place. */
export interface DaemonSettings {
  readonly reload: Pick<DaemonReloadOptions, 'intervalMs'> & { readonly timeoutMs: number }
  readonly web: Required<DaemonWebOptions>
  readonly discovery: Pick<DaemonDiscoveryOptions, 'stateDir' | 'guard' | 'chainsFile'> &
    Required<Omit<DaemonDiscoveryOptions, 'stateDir' | 'guard' | 'chainsFile'>>
  readonly notifier: Pick<DaemonNotifierOptions, 'stateDir'> &
    Required<Omit<DaemonNotifierOptions, 'stateDir'>>
  readonly allocator: Required<DaemonAllocatorOptions>
  readonly outputs: Pick<DaemonOutputsOptions, 'fileSdDir'> & { readonly fileSdSettings: boolean }
  readonly stopTimeoutMs: number
}

/** What is taken where an option is left out. */
export const daemonDefaults: DaemonSettings = {
  // A config on a disk that does not answer must not hold up the reloads after it.
  reload: { timeoutMs: 60_000 },
  web: {
    listenAddresses: ['127.0.0.1:9099'],
    configFile: '',
    readTimeoutMs: 300_000,
    maxConnections: 512,
    externalUrl: '',
    routePrefix: '',
    enableLifecycle: false,
    corsOrigin: '.*',
    httpSdIncompleteAfterMs: Infinity,
  },
  discovery: { stateMaxAgeMs: 86_400_000, mechanisms: [], events: 1000 },
  notifier: {
    queueCapacity: 10_000,
    batchSize: 256,
    drainOnShutdown: true,
    relay: false,
    stateMaxBytes: 64 * 1024 * 1024,
  },
  allocator: {
    configFile: '',
    insecureSecrets: false,
    strict: false,
    consul: '',
    cluster: 'default',
  },
  outputs: { fileSdSettings: true },
  // Longer than the notifier takes to drain, shorter than an orchestrator's patience.
  stopTimeoutMs: 25_000,
}

/** The options with their defaults. */
export function settingsOf(options: DaemonOptions): DaemonSettings {
  return {
    reload: filled(daemonDefaults.reload, options.reload),
    web: filled(daemonDefaults.web, options.web),
    discovery: filled(daemonDefaults.discovery, options.discovery),
    notifier: filled(daemonDefaults.notifier, options.notifier),
    allocator: filled(daemonDefaults.allocator, options.allocator),
    outputs: filled(daemonDefaults.outputs, options.outputs),
    stopTimeoutMs: options.stopTimeoutMs ?? daemonDefaults.stopTimeoutMs,
  }
}

/** An option that is there but undefined, which JavaScript often gives, is left out as well. */
function filled<T extends object>(defaults: T, given: Partial<T> = {}): T {
  const said = Object.entries(given).filter(([, value]) => value !== undefined)
  return { ...defaults, ...Object.fromEntries(said) }
}
