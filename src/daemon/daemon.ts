import os from 'node:os'
import { Registry } from 'prom-client'
import { Allocator, type AllocatorOptions } from '../allocation/allocator.js'
import type { AlertmanagerConfig, Config } from '../config/index.js'
import {
  DiscoveryManager,
  discoveryMetrics,
  MechanismRegistry,
  StateStore,
} from '../discovery/index.js'
import { builtInMechanisms } from '../mechanisms/index.js'
import { AlertLog, type AlertTransport, httpTransport, Notifier } from '../notifier/index.js'
import { Completeness, FileSdOutput } from '../outputs/index.js'
import { onContentChange, onSignal, Reloader, type Trigger } from '../reload/index.js'
import { type Actor, Gate, type SignalSource } from '../run/index.js'
import { EventRecorder } from '../scrape/events/index.js'
import { ScrapeManager } from '../scrape/index.js'
import { silentLogger } from '../telemetry/index.js'
import { Turns } from '../waiting/turns.js'
import { electedAllocator, type ElectionSettings } from './allocator-election.js'
import { allocationPart, type AllocationParts } from './allocation-part.js'
import { readBuildInfo } from './build-info.js'
import { checkNumbers } from './check-numbers.js'
import { ConfigFiles } from './config-files.js'
import { DaemonGroup } from './daemon-group.js'
import { lifecycleLog, quitActor, readyActor, restoring, stopSignals } from './lifecycle.js'
import { orOptionError } from './errors.js'
import { type DaemonOptions, type DaemonSettings, settingsOf } from './options.js'
import { alertingChanges, comparing, jobChanges, notifySets, scrapeSets, taking } from './parts.js'
import { gcMetrics, processMetrics } from './process-metrics.js'
import { reportReloads } from './reload-report.js'
import { systemdActor } from './systemd.js'
import { isSettled } from './web-sources.js'
import { webServer } from './web-server.js'
import { webSettings } from './web-settings.js'

/**
 * Builds the whole daemon as a group of actors: discovery, pools, notifier, reloads, web server. This
 * is the composition root. Nothing runs before the group does; only the web config file is read.
 *
 * ```ts
 * const group = daemon({ configFile: 'prometheus.yml', signals: process })
 * await group.run()
 * ```
 *
 * The group's `run` rejects with an `InitialLoadError` when the first config cannot be used, and with a
 * `WebError` when an address cannot be had.
 *
 * @throws {DaemonOptionError} when an option has a value that cannot be used
 * @throws {WebConfigFileError} when the web config file cannot be used
 */
export function daemon(options: DaemonOptions): DaemonGroup {
  // What all parts are given.
  const { configFile, signals, logger = silentLogger, env = {}, flags = {}, defaultFlags } = options
  const settings = settingsOf(options)
  checkNumbers(settings)
  const webLogger = logger.child({ component: 'web' })
  const web = webSettings(settings.web, webLogger)
  const build = options.build ?? readBuildInfo()
  const userAgent = `muster/${build.version}`
  const registry = options.registry ?? new Registry()
  const turns = options.turns ?? new Turns()
  const startTime = Date.now()
  processMetrics(registry, build, startTime)
  const metrics = discoveryMetrics(registry)
  const given = { registry, env, userAgent }
  const own = settings.discovery.mechanisms.map((create) => create(given))
  const mechanisms = new MechanismRegistry([...builtInMechanisms(given), ...own])

  // What opens as the daemon starts and ends.
  const restored = new Gate('kept groups')
  const configured = new Gate('first config')
  const ready = new Gate('ready')
  const stopping = new Gate('stop')
  const quit = new Gate('quit')

  // What finds targets. It knows nothing of what becomes of them.
  const { stateDir: folder, stateMaxAgeMs: maxAgeMs, guard, events: capacity } = settings.discovery
  const store = folder === undefined ? undefined : new StateStore({ folder, logger, maxAgeMs })
  const managing = (name: string): DiscoveryManager =>
    new DiscoveryManager({ name, metrics, logger, turns, guard, state: store?.keeper(name) })
  const discovery = { scrape: managing('scrape'), notify: managing('notify') }

  // What becomes of them: targets of jobs, and Alertmanagers that get alerts.
  const found = { scrape: discovery.scrape.events, notify: discovery.notify.events }
  const events = capacity > 0 ? new EventRecorder({ capacity, ...found, registry }) : undefined
  const pools = new ScrapeManager({
    updates: discovery.scrape.updates,
    globalHost: web.globalHost,
    turns,
    registry,
    logger: logger.child({ component: 'scrape manager' }),
    ...(events && { observe: events.observe }),
  })
  const { queueCapacity, batchSize, drainOnShutdown, stateMaxBytes } = settings.notifier
  const alertFolder = settings.notifier.relay ? settings.notifier.stateDir : undefined
  const createTransport = (config: AlertmanagerConfig): AlertTransport =>
    httpTransport(config, { userAgent, environment: env })
  const notifier = new Notifier({
    updates: discovery.notify.updates,
    createTransport,
    queueCapacity,
    batchSize,
    drainOnShutdown,
    keepsAlerts: alertFolder !== undefined,
    turns,
    registry,
    logger: logger.child({ component: 'notifier' }),
  })

  const { configFile: allocatorFile } = settings.allocator
  const allocation =
    allocatorFile === ''
      ? undefined
      : allocationOf(
          managing('allocator'),
          { pools, registry, turns, logger },
          electionOf(settings, { userAgent, env, registry }),
        )

  const alertLog =
    alertFolder === undefined
      ? undefined
      : new AlertLog({
          folder: alertFolder,
          maxBytes: stateMaxBytes,
          restore: ({ alert, at }) => notifier.restore(alert, at),
          turns,
          registry,
          logger,
        })

  const { fileSdDir, fileSdSettings } = settings.outputs
  const fileSd =
    fileSdDir === undefined
      ? undefined
      : new FileSdOutput({
          folder: fileSdDir,
          settings: fileSdSettings,
          pools,
          isConfigured: (job) => discovery.scrape.sets().has(job),
          completeness: new Completeness({
            sources: { discovery, isSettled: isSettled(discovery.scrape, pools) },
            now: Date.now,
            incompleteAfterMs: settings.web.httpSdIncompleteAfterMs,
          }),
          turns,
          registry,
          logger: logger.child({ component: 'file_sd output' }),
        })

  // What takes all of them from one config to the next at once, and what shows them.
  const { chainsFile } = settings.discovery
  const files = new ConfigFiles({
    configFile,
    chainsFile,
    allocatorFile: allocatorFile === '' ? undefined : allocatorFile,
    mechanisms,
    registry,
    env,
    logger,
    turns,
  })
  const load = (): Promise<Config> => files.load()
  const reloader = new Reloader<Config>({
    load,
    fingerprint: () => files.checksum(),
    parts: [
      comparing(
        taking(pools, (config) => config.jobs, 'scrape'),
        jobChanges,
        turns,
      ),
      taking(discovery.scrape, scrapeSets),
      comparing(
        taking(notifier, (config) => config, 'notify'),
        alertingChanges,
        turns,
      ),
      taking(discovery.notify, notifySets),
      ...(allocation === undefined
        ? []
        : [allocationPart(allocatorFile, allocation, { mechanisms: [...mechanisms], turns })]),
      ...(options.parts ?? []),
    ],
    triggers: triggersOf(settings.reload.intervalMs, signals),
    ready: configured,
    timeoutMs: settings.reload.timeoutMs,
    onLateError: ({ part, phase, error }) =>
      logger.error('A part failed after its reload was answered', { part, phase, error }),
  })
  reportReloads(reloader, { registry, logger, file: configFile, stopping })
  const server = webServer(
    {
      settings,
      flags,
      defaultFlags,
      web,
      build,
      mechanisms,
      registry,
      turns,
      startTime,
      logger: webLogger,
      load,
      createTransport,
    },
    {
      pools,
      discovery,
      events: events?.log,
      allocator: allocation?.allocator,
      notifier,
      alertLog,
      fileSd,
      reloader,
      configured,
      stopping,
      quit,
    },
  )

  // Actors start and are interrupted in this order.
  const group = new DaemonGroup(
    {
      name: 'muster',
      stopTimeoutMs: settings.stopTimeoutMs,
      onEvent: lifecycleLog(logger, stopping),
      ...(options.logger && {
        onLateError: (err) => logger.error('Actor failed while stopping', { err }),
      }),
    },
    { ready, discovery, pools, notifier, reloader, server, web },
  )
  group.add(gcMetrics(registry))
  const { notify: send } = options
  if (send !== undefined) {
    group.add(systemdActor({ send, env, ready, reloader, discovery, pools, logger }))
  }
  if (store !== undefined) group.add(restoring(store, restored), { ready: restored })
  if (events !== undefined) group.add(events)
  if (signals !== undefined) {
    group.add(stopSignals({ source: signals, group, logger, onForce: options.onForce }))
  }
  group
    .add(quitActor(logger), { after: quit })
    .add(discovery.scrape)
    .add(discovery.notify)
    .add(pools)
  if (allocation !== undefined) group.add(allocation.discovery).add(allocation.allocator)
  if (allocation?.election !== undefined) group.add(allocation.election)
  group
    .add(reloader, { ready: configured, after: store === undefined ? [] : restored })
    .add(server)
    // Alerts that are being handed in when the stop comes are sent like any other.
    .add(notifier, { stopAfter: [server.name] })
    .add(readyActor(server, ready, logger), { after: configured, ready })
  // With the first config, whose rules are for the alerts of an earlier run too; until nothing posts alerts any more.
  if (alertLog !== undefined) {
    group.add(alertLog, { after: configured, stopAfter: [server.name, notifier.name] })
  }
  if (fileSd !== undefined) group.add(fileSd, { after: configured })
  return group
}

/** What shares targets out among members, what finds these, and what takes part in the election. */
function allocationOf(
  discovery: DiscoveryManager,
  given: Omit<AllocatorOptions, 'discovery'>,
  settings: ElectionSettings | undefined,
): AllocationParts & { readonly election?: Actor } {
  const logger = given.logger?.child({ component: 'allocator' })
  const options = { ...given, discovery, ...(logger && { logger }) }
  if (settings === undefined) return { discovery, allocator: new Allocator(options) }
  return {
    discovery,
    ...orOptionError('allocator.consul', () => electedAllocator(options, settings)),
  }
}

/** How a daemon takes part in an election; undefined where each decides for itself. */
function electionOf(
  { allocator: { consul: server, cluster } }: DaemonSettings,
  given: Pick<ElectionSettings, 'userAgent' | 'env' | 'registry'>,
): ElectionSettings | undefined {
  if (server === '') return undefined
  return { ...given, server, cluster, replica: `${os.hostname()} ${String(process.pid)}` }
}

/** What asks for a reload by itself; the web server and the embedder ask as well. */
function triggersOf(
  intervalMs: number | undefined,
  signals: SignalSource | undefined,
): readonly Trigger[] {
  return [
    ...(signals === undefined ? [] : [onSignal(signals, 'SIGHUP')]),
    ...(intervalMs === undefined ? [] : [onContentChange({ everyMs: intervalMs })]),
  ]
}
