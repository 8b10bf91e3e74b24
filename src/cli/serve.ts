import { Registry } from 'prom-client'
import { type Config, configChecksum, loadConfig } from '../config/index.js'
import { DiscoveryManager, discoveryMetrics } from '../discovery/index.js'
import { httpTransport, Notifier } from '../notifier/index.js'
import { onContentChange, onSignal, Reloader } from '../reload/index.js'
import { formatReport, Gate, Group, signalActor } from '../run/index.js'
import { ScrapeManager } from '../scrape/index.js'
import { createLogger } from '../telemetry/winston.js'
import { type BuildInfo, type WebProtection, webProtection } from '../web/index.js'
import { announcer, quitActor } from './actors.js'
import { exitCodeOf, forced, graceful } from './exit-code.js'
import type { Flags } from './flags.js'
import type { Host } from './host.js'
import { lifecycleLog } from './lifecycle-log.js'
import { builtInMechanisms } from './mechanisms.js'
import { notifySets, scrapeSets, taking } from './parts.js'
import { processMetrics } from './process-metrics.js'
import { reportReloads } from './reload-report.js'
import { readWebFlags } from './web-flags.js'
import { webServer } from './web-server.js'

/**
 * The composition root: builds the actors, adds them in the order in which they start and are
 * interrupted, and runs them until one ends.
 * @returns the exit code
 */
export async function serve(flags: Flags, build: BuildInfo, host: Host): Promise<number> {
  const logger = createLogger({
    level: flags['log.level'],
    format: flags['log.format'],
    stream: host.stderr,
  })
  logger.info('Starting muster', { version: build.version, node: process.version })
  const web = readWebFlags(flags)
  let protection: WebProtection | undefined
  try {
    protection = webProtection({
      file: flags['web.config.file'],
      logger: logger.child({ component: 'web' }),
      now: () => performance.now(),
    })
  } catch (err) {
    logger.error('Unable to validate web configuration file', { err })
    return exitCodeOf(err)
  }
  const file = flags['config.file']
  const userAgent = `muster/${build.version}`

  const registry = new Registry()
  processMetrics(registry, build, Date.now())
  const metrics = discoveryMetrics(registry)
  const mechanisms = builtInMechanisms({ registry, env: host.env, userAgent })

  const ready = new Gate('first config')
  const stopping = new Gate('stop')
  const group = new Group({
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
  const scrapeDiscovery = new DiscoveryManager({ name: 'scrape', metrics, logger })
  const notifyDiscovery = new DiscoveryManager({ name: 'notify', metrics, logger })
  const pools = new ScrapeManager({
    updates: scrapeDiscovery.updates,
    registry,
    logger: logger.child({ component: 'scrape manager' }),
    globalHost: web.globalHost,
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
  })
  reportReloads(reloader, { registry, logger, file })
  const quit = new Gate('quit')
  const server = webServer({
    flags,
    web,
    protection,
    build,
    registry,
    logger,
    mechanisms,
    ready,
    stopping,
    quit,
    pools,
    discovery: { scrape: scrapeDiscovery, notify: notifyDiscovery },
    notifier,
    reloader,
  })

  group
    .add(signals)
    .add(quitActor(quit, logger))
    .add(scrapeDiscovery)
    .add(notifyDiscovery)
    .add(pools)
    .add(reloader, { ready })
    .add(server)
    .add(notifier)
    .add(
      announcer({
        server,
        ready,
        logger,
        stdout: host.stdout,
        scheme: protection?.isTls === true ? 'https' : 'http',
        routePrefix: web.routePrefix,
      }),
    )
  try {
    await group.run()
    logger.info('See you next time!')
    return graceful
  } catch (err) {
    logger.error('Fatal error', { err })
    return exitCodeOf(err)
  }
}
