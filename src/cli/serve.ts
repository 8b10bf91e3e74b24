import { Registry } from 'prom-client'
import { type Config, configChecksum, loadConfig } from '../config/index.js'
import { DiscoveryManager, discoveryMetrics, MechanismRegistry } from '../discovery/index.js'
import { httpTransport, Notifier } from '../notifier/index.js'
import { onContentChange, onSignal, Reloader } from '../reload/index.js'
import { formatReport, Gate, Group, OverdueError, signalActor } from '../run/index.js'
import { EventRecorder } from '../scrape/events/index.js'
import { ScrapeManager } from '../scrape/index.js'
import type { Logger } from '../telemetry/index.js'
import { createLogger } from '../telemetry/winston.js'
import type { BuildInfo } from '../web/index.js'
import { announcer, quitActor } from './actors.js'
import { readDiscoveryFlags } from './discovery-flags.js'
import { exitCodeOf, forced, graceful } from './exit-code.js'
import type { Flags } from './flags.js'
import type { Host } from './host.js'
import { lifecycleLog } from './lifecycle-log.js'
import { builtInMechanisms } from './mechanisms.js'
import { notifySets, scrapeSets, taking } from './parts.js'
import { ownMechanisms } from './own-mechanisms.js'
import { processMetrics } from './process-metrics.js'
import { reportReloads } from './reload-report.js'
import { UsageError } from './usage-error.js'
import { readWebFlags } from './web-flags.js'
import { webServer } from './web-server.js'

// Longer than the notifier takes to drain, shorter than an orchestrator's patience.
const stopTimeoutMs = 25_000
// A config on a disk that does not answer must not hold up the reloads after it.
const reloadTimeoutMs = 60_000

/**
 * Runs the daemon until one of its actors ends.
 * @returns the exit code
 * @throws {UsageError} when a flag has a value that cannot be used
 */
export async function serve(flags: Flags, build: BuildInfo, host: Host): Promise<number> {
  const logger = createLogger({
    level: flags['log.level'],
    format: flags['log.format'],
    stream: host.stderr,
  })
  logger.info('Starting muster', { version: build.version, node: process.version })
  try {
    const group = await assemble(flags, build, host, logger)
    await group.run()
    logger.info('See you next time!')
    return graceful
  } catch (err) {
    if (err instanceof UsageError) throw err
    logger.error('Fatal error', { err })
    const code = exitCodeOf(err)
    // Whoever did not stop in time may keep the process alive.
    if (err instanceof OverdueError) host.exit(code)
    return code
  }
}

/** The composition root: builds the actors, and adds them in the order they start and are interrupted. */
async function assemble(
  flags: Flags,
  build: BuildInfo,
  host: Host,
  logger: Logger,
): Promise<Group> {
  const web = readWebFlags(flags, logger)
  const file = flags['config.file']
  const userAgent = `muster/${build.version}`

  const registry = new Registry()
  processMetrics(registry, build, Date.now())
  const metrics = discoveryMetrics(registry)
  const given = { registry, env: host.env, userAgent }
  const own = await ownMechanisms(flags['discovery.mechanism'], given)
  const mechanisms = new MechanismRegistry([...builtInMechanisms(given), ...own])

  const ready = new Gate('first config')
  const stopping = new Gate('stop')
  const quit = new Gate('quit')
  const group = new Group({
    stopTimeoutMs,
    onEvent: lifecycleLog(logger, stopping),
    onLateError: (err) => logger.error('Actor failed while stopping', { err }),
  })

  const signals = signalActor({
    source: host.signals,
    group,
    onSignal: (signal) => logger.warn('Received an OS signal, exiting gracefully...', { signal }),
    onForce: (report) => {
      logger.error('Interrupted again, exiting at once', { blockers: formatReport(report) })
      host.exit(forced)
    },
  })
  const { store, guard } = readDiscoveryFlags(flags, logger)
  await store?.load()
  const managing = (name: string): DiscoveryManager =>
    new DiscoveryManager({ name, metrics, logger, guard, state: store?.keeper(name) })
  const scrapeDiscovery = managing('scrape')
  const notifyDiscovery = managing('notify')
  const capacity = flags['discovery.events']
  const told = { scrape: scrapeDiscovery.events, notify: notifyDiscovery.events }
  const events = capacity > 0 ? new EventRecorder({ capacity, ...told, registry }) : undefined
  const pools = new ScrapeManager({
    updates: scrapeDiscovery.updates,
    globalHost: web.globalHost,
    registry,
    logger: logger.child({ component: 'scrape manager' }),
    ...(events && { watch: events.watch }),
  })
  const notifier = new Notifier({
    updates: notifyDiscovery.updates,
    createTransport: (config) => httpTransport(config, { userAgent, environment: host.env }),
    queueCapacity: flags['alertmanager.notification-queue-capacity'],
    batchSize: flags['alertmanager.notification-batch-size'],
    drainOnShutdown: flags['alertmanager.drain-notification-queue-on-shutdown'],
    registry,
    logger: logger.child({ component: 'notifier' }),
  })
  const reloader = new Reloader<Config>({
    load: () => loadConfig(file, { mechanisms: [...mechanisms], env: host.env, logger }),
    fingerprint: () => configChecksum(file),
    parts: [
      taking(pools, (config) => config.jobs, 'scrape'),
      taking(scrapeDiscovery, scrapeSets),
      taking(notifier, (config) => config, 'notify'),
      taking(notifyDiscovery, notifySets),
    ],
    triggers: [
      onSignal(host.signals, 'SIGHUP'),
      ...(flags['config.auto-reload']
        ? [onContentChange({ everyMs: flags['config.auto-reload-interval'] })]
        : []),
    ],
    ready,
    timeoutMs: reloadTimeoutMs,
  })
  reportReloads(reloader, { registry, logger, file })
  const discovery = { scrape: scrapeDiscovery, notify: notifyDiscovery }
  const server = webServer(
    { flags, web, build, registry, logger, mechanisms },
    { pools, discovery, events: events?.log, notifier, reloader, ready, stopping, quit },
  )

  if (store !== undefined) group.add(store)
  if (events !== undefined) group.add(events)
  return (
    group
      .add(signals)
      .add(quitActor(quit, logger))
      .add(scrapeDiscovery)
      .add(notifyDiscovery)
      .add(pools)
      .add(reloader, { ready })
      .add(server)
      // Alerts that are being handed in when the stop comes are sent like any other.
      .add(notifier, { stopAfter: [server.name] })
      .add(announcer({ server, ready, logger, stdout: host.stdout, web }))
  )
}
