import type { SchedulerLike } from 'rxjs'
import type { AlertmanagerConfig } from '../config/index.js'
import type { Labels } from '../labels/index.js'
import { maxWork, Relabeler } from '../relabel/index.js'
import type { Logger } from '../telemetry/index.js'
import { checkMs, OptionError } from '../waiting/option.js'
import type { AlertTransport } from './alert-transport.js'
import type { Alert } from './alert.js'
import { alertmanagerConfig, staticAlertmanagers, staticGroup } from './config.js'
import { httpTransport } from './http-transport.js'
import { Notifier } from './notifier.js'
import { AlertLossError, type AlertmanagerReport } from './outcomes.js'
import { resolveGroup } from './resolve.js'

/** Where alerts go, and how hard it is tried. */
export interface SendAlertsOptions {
  /** Host and port of every Alertmanager of the cluster: `am-1:9093`. Each is sent every alert. */
  readonly alertmanagers: readonly string[]
  /** How they are reached: scheme, path prefix, credentials, rules. Default: {@link alertmanagerConfig}. */
  readonly config?: AlertmanagerConfig
  /** Given to every alert that has no label of that name. Default: none. */
  readonly externalLabels?: Labels
  /** Milliseconds until what has not been taken is given up; posts that fail are tried again until then. Default 10,000. */
  readonly timeoutMs?: number
  /**
   * Which Alertmanagers have to take all alerts: `one` of them, which is enough for a cluster to notify, or
   * `all`. Default `one`.
   */
  readonly require?: 'one' | 'all'
  /** The `User-Agent` of the posts. Default `muster`. */
  readonly userAgent?: string
  /** Makes the HTTP client. Default: {@link httpTransport}. */
  readonly createTransport?: (config: AlertmanagerConfig) => AlertTransport
  readonly scheduler?: SchedulerLike
  /** A number in [0, 1), for the jitter of the waits between tries. */
  readonly random?: () => number
  readonly logger?: Logger
}

/**
 * Sends alerts to every Alertmanager of a cluster, and ends: for scripts and jobs. Posts that fail are tried
 * again, a quarter of a second later and then at most a second, until `timeoutMs` is up.
 * @returns what became of the alerts for each Alertmanager, once each has taken them or was given up
 * @throws {AlertLossError} when not one Alertmanager took all alerts; with `require: 'all'`, when one did not
 * @throws {AlertError} when an alert has no label or no valid date; none is sent then
 * @throws {OptionError} for an address that is not `host:port`, and a time that is negative or NaN
 */
export async function sendAlerts(
  alerts: readonly Alert[],
  options: SendAlertsOptions,
): Promise<readonly AlertmanagerReport[]> {
  const { alertmanagers, config = alertmanagerConfig(), externalLabels = {} } = options
  const { require = 'one', timeoutMs = 10_000, userAgent = 'muster' } = options
  const { createTransport = (section) => httpTransport(section, { userAgent }) } = options
  const { scheduler, random, logger } = options
  checkMs('timeoutMs', timeoutMs)
  checkAddresses(alertmanagers, config)
  const notifier = new Notifier({
    updates: staticAlertmanagers(alertmanagers),
    createTransport,
    queueCapacity: Math.max(1, alerts.length),
    drainOnShutdown: timeoutMs > 0,
    drainTimeoutMs: timeoutMs,
    ...(scheduler && { scheduler }),
    ...(random && { random }),
    ...(logger && { logger }),
  })
  notifier
    .prepare({
      global: { external_labels: externalLabels },
      alerting: { alert_relabel_configs: [], alertmanagers: [config] },
    })
    .commit()
  const over = notifier.execute()
  try {
    notifier.send(alerts)
  } finally {
    // Everything that is queued is tried until the time is up.
    notifier.interrupt()
    await over
  }
  const reports = notifier.reports()
  const isDone =
    require === 'one'
      ? reports.some(({ lost }) => lost === 0)
      : reports.length > 0 && reports.every(({ lost }) => lost === 0)
  if (alerts.length > 0 && !isDone) throw new AlertLossError({ reports, unsent: notifier.unsent() })
  return reports
}

/** An address that cannot be used must not be left out: the caller would think that it got the alerts. */
function checkAddresses(addresses: readonly string[], config: AlertmanagerConfig): void {
  const { scheme, path_prefix: pathPrefix, relabel_configs: rules } = config
  const relabeler = new Relabeler(rules, 'utf8', maxWork)
  for (const address of addresses) {
    const { faults } = resolveGroup(staticGroup([address]), { scheme, pathPrefix, relabeler })
    if (faults.length === 0) continue
    const wanted = 'host:port, such as am-1:9093; the scheme and the path are part of config'
    throw new OptionError('alertmanagers', JSON.stringify(address), wanted)
  }
}
