import { Registry } from 'prom-client'
import { type Config, configChecksum, loadConfig } from '../config/index.js'
import { DiscoveryManager, discoveryMetrics, MechanismRegistry } from '../discovery/index.js'
import { httpTransport, Notifier } from '../notifier/index.js'
import { Reloader } from '../reload/index.js'
import { Gate, Group, OverdueError } from '../run/index.js'
import { EventRecorder } from '../scrape/events/index.js'
import { ScrapeManager } from '../scrape/index.js'
import type { Logger } from '../telemetry/index.js'
import { createLogger } from '../telemetry/winston.js'
import type { BuildInfo } from '../web/index.js'
import { announcer, quitActor, stopSignals } from '../daemon/actors.js'
import { readDiscoveryFlags } from './discovery-flags.js'
import { exitCodeOf, graceful, unusable } from './exit-code.js'
import type { Flags } from './flags.js'
import type { Host } from './host.js'
import { lifecycleLog } from '../daemon/lifecycle-log.js'
import { builtInMechanisms } from '../mechanisms/index.js'
import { notifySets, scrapeSets, taking } from '../daemon/parts.js'
import { ownMechanisms } from '../daemon/own-mechanisms.js'
import { processMetrics } from '../daemon/process-metrics.js'
import { reportReloads } from '../daemon/reload-report.js'
import { reloadTriggers } from './reload-triggers.js'
import { UsageError } from './usage-error.js'
import { readWebFlags } from './web-flags.js'
import { webServer } from '../daemon/web-server.js'

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
    const code = exitCodeOf(err)
    // What is wrong with the first config has been said by then.
    if (code !== unusable) logger.error('Fatal error', { err })
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
  // What everybody is given.
  const web = readWebFlags(flags, logger)
  const file = flags['config.file']
  const userAgent = `muster/${build.version}`
  const registry = new Registry()
  processMetrics(registry, build, Date.now())
  const metrics = discoveryMetrics(registry)
  const given = { registry, env: host.env, userAgent }
  const own = await ownMechanisms(flags['discovery.mechanism'], given)
  const mechanisms = new MechanismRegistry([...builtInMechanisms(given), ...own])

  // How it starts and ends.
  const [ready, stopping, quit] = [new Gate('first config'), new Gate('stop'), new Gate('quit')]
  const group = new Group({
    stopTimeoutMs,
    onEvent: lifecycleLog(logger, stopping),
    onLateError: (err) => logger.error('Actor failed while stopping', { err }),
  })

  // What finds targets. It knows nothing of who wants them.
  const { store, guard } = readDiscoveryFlags(flags, logger)
  await store?.load()
  const managing = (name: string): DiscoveryManager =>
    new DiscoveryManager({ name, metrics, logger, guard, state: store?.keeper(name) })
  const discovery = { scrape: managing('scrape'), notify: managing('notify') }

  // What becomes of them: targets of jobs, and Alertmanagers that get alerts.
  const capacity = flags['discovery.events']
  const told = { scrape: discovery.scrape.events, notify: discovery.notify.events }
  const events = capacity > 0 ? new EventRecorder({ capacity, ...told, registry }) : undefined
  const pools = new ScrapeManager({
    updates: discovery.scrape.updates,
    globalHost: web.globalHost,
    registry,
    logger: logger.child({ component: 'scrape manager' }),
    ...(events && { observe: events.observe }),
  })
  const notifier = new Notifier({
    updates: discovery.notify.updates,
    createTransport: (config) => httpTransport(config, { userAgent, environment: host.env }),
    queueCapacity: flags['alertmanager.notification-queue-capacity'],
    batchSize: flags['alertmanager.notification-batch-size'],
    drainOnShutdown: flags['alertmanager.drain-notification-queue-on-shutdown'],
    registry,
    logger: logger.child({ component: 'notifier' }),
  })

  // What takes all of them from one config to the next at once, and what shows them.
  const reloader = new Reloader<Config>({
    load: () => loadConfig(file, { mechanisms: [...mechanisms], env: host.env, logger }),
    fingerprint: () => configChecksum(file),
    parts: [
      taking(pools, (config) => config.jobs, 'scrape'),
      taking(discovery.scrape, scrapeSets),
      taking(notifier, (config) => config, 'notify'),
      taking(discovery.notify, notifySets),
    ],
    triggers: reloadTriggers(flags, host),
    ready,
    timeoutMs: reloadTimeoutMs,
  })
  reportReloads(reloader, { registry, logger, file })
  const server = webServer(
    { flags, web, build, registry, logger, mechanisms },
    { pools, discovery, events: events?.log, notifier, reloader, ready, stopping, quit },
  )

  for (const actor of [store, events]) if (actor !== undefined) group.add(actor)
  return (
    group
      .add(stopSignals(host, group, logger))
      .add(quitActor(quit, logger))
      .add(discovery.scrape)
      .add(discovery.notify)
      .add(pools)
      .add(reloader, { ready })
      .add(server)
      // Alerts that are being handed in when the stop comes are sent like any other.
      .add(notifier, { stopAfter: [server.name] })
      .add(announcer({ server, ready, logger, stdout: host.stdout, web }))
  )
}
