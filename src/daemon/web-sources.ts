import type { Allocator } from '../allocation/allocator.js'
import {
  type AlertmanagerConfig,
  type Config,
  printConfig,
  printJob,
  scrapeConfigsText,
  type ScrapeConfigsText,
} from '../config/index.js'
import type { DiscoveryManager, MechanismRegistry } from '../discovery/index.js'
import type { AlertTransport } from '../notifier/alert-transport.js'
import { type AlertLog, createRelay, type Notifier, type Relay } from '../notifier/index.js'
import type { FileSdOutput } from '../outputs/index.js'
import type { Reloader, ReloadResult, ReloadStatus } from '../reload/index.js'
import type { Gate } from '../run/index.js'
import type { EventLog } from '../scrape/events/index.js'
import type { ScrapeManager } from '../scrape/index.js'
import { type DiscoveryMarks, TargetSearch } from '../scrape/search/index.js'
import type { BuildInfo, ConfigSource, PoolSource, Readiness, WebSources } from '../web/index.js'
import { inTurns, type Turns } from '../waiting/turns.js'
import { formatPlace } from '../yaml/index.js'
import type { DaemonSettings } from './options.js'
import { ReloadPlanner } from './reload-planner.js'

/** What the daemon was made from. */
export interface WebSetup {
  readonly settings: DaemonSettings
  /** What `/api/v1/status/flags` shows. */
  readonly flags: Readonly<Record<string, string>>
  readonly defaultFlags: Readonly<Record<string, string>> | undefined
  readonly build: BuildInfo
  readonly mechanisms: MechanismRegistry
  readonly turns: Turns
  /** Reads and checks the config file. */
  readonly load: () => Promise<Config>
  readonly createTransport: (config: AlertmanagerConfig) => AlertTransport
}

/** The parts that the web server shows or asks. */
export interface WebParts {
  readonly pools: ScrapeManager
  readonly discovery: { readonly scrape: DiscoveryManager; readonly notify: DiscoveryManager }
  /** Shares targets out; undefined where nothing is shared out. */
  readonly allocator: Allocator | undefined
  /** What became of targets; undefined where nothing is kept. */
  readonly events: EventLog | undefined
  readonly notifier: Notifier
  /** Keeps the alerts that the relay takes; undefined where nothing does. */
  readonly alertLog: AlertLog | undefined
  /** Writes files of targets; undefined where nothing does. */
  readonly fileSd: FileSdOutput | undefined
  readonly reloader: Reloader<Config>
  /** Open once the first config is in force. */
  readonly configured: Gate
  /** Open once the group stops. */
  readonly stopping: Gate
  /** Opens when a request asks the daemon to end. */
  readonly quit: Gate
}

/** The parts, as the web server reads them. */
export function webSources(setup: WebSetup, parts: WebParts): WebSources {
  const { settings, flags, defaultFlags, build, mechanisms } = setup
  const { pools, discovery, notifier, reloader, quit } = parts
  const current = currentOf(reloader)
  const { load, createTransport, turns } = setup
  const planner = new ReloadPlanner({
    load,
    current: () => current.config,
    discovery,
    createTransport,
    turns,
  })
  return {
    readiness: () => readinessOf(parts),
    pools: poolSource(pools, current),
    discovery,
    ...(parts.events && { events: parts.events }),
    ...(parts.allocator && { allocation: parts.allocator }),
    search: new TargetSearch({
      pools: () => pools.pools(),
      marks: () => marksOf(discovery.scrape),
      events: parts.events,
      turns: setup.turns,
    }),
    isSettled: isSettled(discovery.scrape, pools),
    ...(parts.fileSd && { files: () => parts.fileSd?.files() ?? [] }),
    alertmanagers: notifier,
    config: configSource(current, turns),
    build,
    flags,
    ...(defaultFlags && { defaultFlags }),
    features: () => features(settings, mechanisms),
    reload: () => reloader.reload('web'),
    planReload: () => planner.plan(),
    quit: () => quit.open(),
    ...(settings.notifier.relay && { relay: relayOf(parts, setup, current) }),
  }
}

/** Tells whether the pool of a job shows everything that discovery has found for the job so far. */
export function isSettled(
  discovery: DiscoveryManager,
  pools: ScrapeManager,
): (job: string) => boolean {
  return (job) => discovery.isSetSettled(job) && pools.isPoolSettled(job)
}

/** What discovery says of the groups that it has. */
function marksOf(discovery: DiscoveryManager): DiscoveryMarks & { readonly version: string } {
  const stale = discovery.providers().filter(({ staleSince }) => staleSince !== undefined)
  const restored = new Set(stale.map(({ name }) => name))
  const held = discovery.guarded().map(({ set, heldTargets }) => [set, heldTargets])
  const version = JSON.stringify([[...restored], held])
  return { restored, held: (job) => discovery.heldGroups(job), version }
}

/** Takes alerts over HTTP for the notifier. */
function relayOf(
  { notifier, alertLog }: WebParts,
  setup: WebSetup,
  current: Readonly<Current>,
): Relay {
  const { build, turns } = setup
  return createRelay({
    notifier,
    ...(alertLog && { log: alertLog }),
    build,
    turns,
    startedAt: new Date(),
    config: () => yamlOf(current),
  })
}

function readinessOf({ configured, stopping }: WebParts): Readiness {
  if (stopping.isOpen) return 'stopping'
  return configured.isOpen ? 'ready' : 'starting'
}

/** What the reloader said last. */
interface Current {
  config: Config | undefined
  status: ReloadStatus | undefined
  /** How the latest reloads ended, the last one first. */
  reloads: readonly ReloadResult[]
}

/** No more reloads than these are remembered. */
const mostReloads = 20

function currentOf(reloader: Reloader<Config>): Readonly<Current> {
  const current: Current = { config: undefined, status: undefined, reloads: [] }
  reloader.config.subscribe((config) => {
    current.config = config
  })
  reloader.status.subscribe((status) => {
    const { last } = status
    if (last !== undefined && last !== current.reloads[0]) {
      current.reloads = [last, ...current.reloads].slice(0, mostReloads)
    }
    current.status = status
  })
  return current
}

function poolSource(pools: ScrapeManager, current: Readonly<Current>): PoolSource {
  return {
    pools: () => pools.pools(),
    pool: (name) => pools.pool(name),
    changes: pools.changes,
    configYaml(name) {
      const job = current.config?.jobs.find(({ job_name }) => job_name === name)
      return job === undefined || pools.pool(name) === undefined ? undefined : printJob(job)
    },
    relabelSteps: (name, labels) => pools.pool(name)?.explainBeside(labels),
    rulePlaces: (name) => (pools.pool(name)?.job.rule_places ?? []).map(formatPlace),
    metricRulePlaces(name) {
      const job = current.config?.jobs.find(({ job_name }) => job_name === name)
      return (job?.metric_rule_places ?? []).map(formatPlace)
    },
  }
}

function configSource(current: Readonly<Current>, turns: Turns): ConfigSource {
  // Made once a config: every member asks for it twice a minute.
  const texts = new WeakMap<Config, Promise<ScrapeConfigsText>>()
  return {
    yaml: () => yamlOf(current),
    scrapeConfigs() {
      const { config } = current
      if (config === undefined) return undefined
      const known = texts.get(config) ?? inTurns(scrapeConfigsText(config.jobs), turns)
      texts.set(config, known)
      return known
    },
    lastReloadOk: () => current.status?.last?.ok ?? false,
    lastSuccessAt: () => current.status?.lastSuccessAt,
    lastReload: () => current.status?.last,
    reloads: () => current.reloads,
    alertmanagerRulePlaces: () =>
      (current.config?.alertmanager_rule_places ?? []).map((places) => places.map(formatPlace)),
  }
}

function yamlOf({ config }: Readonly<Current>): string {
  return config === undefined ? '' : printConfig(config)
}

/** What this build can do, in the shape of Prometheus' `/api/v1/features`. */
function features(
  settings: DaemonSettings,
  mechanisms: MechanismRegistry,
): Readonly<Record<string, Readonly<Record<string, boolean>>>> {
  const runs = [...mechanisms].map(({ name }) => [name, true] as const)
  return {
    api: { providers: true, http_sd: true, relabel_steps: true },
    muster: {
      auto_reload_config: settings.reload.intervalMs !== undefined,
      lifecycle: settings.web.enableLifecycle,
      relay: settings.notifier.relay,
      target_events: settings.discovery.events > 0,
    },
    service_discovery_providers: Object.fromEntries(runs),
  }
}
