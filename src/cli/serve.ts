import { Counter, Registry } from 'prom-client'
import { daemon, type DaemonGroup, type DaemonOption, DaemonOptionError } from '../daemon/index.js'
import { type GuardRule, parseGuardRule } from '../discovery/index.js'
import { formatReport, OverdueError, systemdNotifyCommand } from '../run/index.js'
import type { Logger } from '../telemetry/index.js'
import { createLogger } from '../telemetry/winston.js'
import type { BuildInfo } from '../web/index.js'
import { exitCodeOf, forced, graceful, unusable } from './exit-code.js'
import { writeJson } from './faults.js'
import { defaultFlags, type Flags, printFlags, UsageError } from './flags.js'
import type { Host } from './host.js'
import { loadMechanisms } from './mechanism-modules.js'
import { print } from './print.js'

/**
 * Runs the daemon until one of its actors ends.
 * @param unused the flags of Prometheus that were given and that muster does not act on
 * @returns the exit code
 * @throws {UsageError} when a flag has a value that cannot be used
 */
export async function serve(
  flags: Flags,
  build: BuildInfo,
  host: Host,
  unused: readonly string[],
): Promise<number> {
  const logger = createLogger({
    level: flags['log.level'],
    format: flags['log.format'],
    stream: host.stderr,
  })
  logger.info('Starting muster', { version: build.version, node: process.version })
  if (unused.length > 0) {
    logger.info('Flags that muster does not act on', { flags: unused.join(', ') })
  }
  try {
    const group = await daemonOf(flags, build, host, logger)
    const run = group.run()
    await Promise.race([run, group.ready.opened])
    host.ready()
    for (const url of group.urls) {
      const message = `muster is ready: open ${url}`
      if (flags['log.format'] === 'json') writeJson(host.stdout, 'info', message)
      else print(host.stdout, message)
    }
    await run
    logger.info('See you next time!')
    host.exitSoon(graceful, logger)
    return graceful
  } catch (err) {
    if (err instanceof UsageError) throw err
    const code = exitCodeOf(err)
    // What is wrong with the first config has been said by then.
    if (code !== unusable) logger.error('Fatal error', { err })
    // What did not stop in time may keep the process alive, and the log has named it.
    if (err instanceof OverdueError) host.exit(code)
    else host.exitSoon(code, logger)
    return code
  }
}

/** The flags behind the options that a daemon refuses. */
const flagOf: Readonly<Partial<Record<DaemonOption, keyof Flags>>> = {
  'web.listenAddresses': 'web.listen-address',
  'reload.intervalMs': 'config.auto-reload-interval',
  'web.readTimeoutMs': 'web.read-timeout',
  'web.maxConnections': 'web.max-connections',
  'web.externalUrl': 'web.external-url',
  'web.corsOrigin': 'web.cors.origin',
  'web.httpSdIncompleteAfterMs': 'web.http-sd.incomplete-after',
  'discovery.stateMaxAgeMs': 'discovery.state-max-age',
  'discovery.guard': 'discovery.guard',
  'discovery.events': 'discovery.events',
  'notifier.queueCapacity': 'alertmanager.notification-queue-capacity',
  'notifier.batchSize': 'alertmanager.notification-batch-size',
  'notifier.stateMaxBytes': 'notifier.state-max-size',
  'allocator.consul': 'allocator.consul',
}

/** @throws {UsageError} when a flag has a value that cannot be used */
async function daemonOf(
  flags: Flags,
  build: BuildInfo,
  host: Host,
  logger: Logger,
): Promise<DaemonGroup> {
  const stateDir = flags['discovery.state-dir']
  if (flags['notifier.state-dir'] !== '' && !flags['notifier.relay']) {
    throw new UsageError(
      '--notifier.state-dir keeps what --notifier.relay takes: give that flag too',
    )
  }
  for (const flag of [
    'allocator.insecure-secrets',
    'allocator.strict',
    'allocator.consul',
  ] as const) {
    if (!flags[flag] || flags['allocator.config.file'] !== '') continue
    throw new UsageError(
      `--${flag} is about members: say with --allocator.config.file which there are`,
    )
  }
  const mechanisms = await loadMechanisms(flags['discovery.mechanism'])
  const guard = readGuard(flags['discovery.guard'])
  const registry = new Registry()
  new Counter({
    name: 'muster_log_lines_lost_total',
    help: 'Number of log lines that could not be written.',
    registers: [registry],
    collect() {
      this.reset()
      this.inc(host.lostLogLines())
    },
  })
  try {
    return daemon({
      registry,
      configFile: flags['config.file'],
      reload: {
        intervalMs: flags['config.auto-reload'] ? flags['config.auto-reload-interval'] : undefined,
      },
      web: {
        listenAddresses: flags['web.listen-address'],
        configFile: flags['web.config.file'],
        readTimeoutMs: flags['web.read-timeout'],
        maxConnections: flags['web.max-connections'],
        externalUrl: flags['web.external-url'],
        routePrefix: flags['web.route-prefix'],
        enableLifecycle: flags['web.enable-lifecycle'],
        corsOrigin: flags['web.cors.origin'],
        httpSdIncompleteAfterMs: flags['web.http-sd.incomplete-after'] || Infinity,
      },
      discovery: {
        stateDir: stateDir === '' ? undefined : stateDir,
        stateMaxAgeMs: flags['discovery.state-max-age'],
        guard,
        chainsFile: flags['discovery.chains.file'] || undefined,
        mechanisms,
        events: flags['discovery.events'],
      },
      notifier: {
        queueCapacity: flags['alertmanager.notification-queue-capacity'],
        batchSize: flags['alertmanager.notification-batch-size'],
        drainOnShutdown: flags['alertmanager.drain-notification-queue-on-shutdown'],
        relay: flags['notifier.relay'],
        stateDir: flags['notifier.state-dir'] === '' ? undefined : flags['notifier.state-dir'],
        stateMaxBytes: flags['notifier.state-max-size'],
      },
      allocator: {
        configFile: flags['allocator.config.file'],
        insecureSecrets: flags['allocator.insecure-secrets'],
        strict: flags['allocator.strict'],
        consul: flags['allocator.consul'],
        cluster: flags['allocator.cluster'],
      },
      outputs: {
        fileSdDir: flags['output.file-sd'] === '' ? undefined : flags['output.file-sd'],
        fileSdSettings: flags['output.file-sd.settings'],
      },
      signals: host.signals,
      onForce(report) {
        logger.error('Interrupted again, exiting at once', { blockers: formatReport(report) })
        host.exit(forced)
      },
      ...(isUnderSystemd(host) && { notify: systemdNotifyCommand({ env: host.env }) }),
      logger,
      env: host.env,
      build,
      flags: printFlags(flags),
      defaultFlags,
    })
  } catch (error) {
    if (!(error instanceof DaemonOptionError)) throw error
    const flag = flagOf[error.option]
    throw flag === undefined ? error : flagError(flag, error.cause)
  }
}

function isUnderSystemd({ env }: Host): boolean {
  return (env['NOTIFY_SOCKET'] ?? '') !== ''
}

function readGuard(rule: string): GuardRule | undefined {
  try {
    return rule === '' ? undefined : parseGuardRule(rule)
  } catch (cause) {
    throw flagError('discovery.guard', cause)
  }
}

function flagError(flag: keyof Flags, cause: unknown): UsageError {
  return new UsageError(`--${flag}: ${cause instanceof Error ? cause.message : String(cause)}`, {
    cause,
  })
}
