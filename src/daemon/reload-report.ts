import path from 'node:path'
import { Gauge, type Registry } from 'prom-client'
import { filter, map, distinctUntilChanged } from 'rxjs'
import type { Config } from '../config/index.js'
import type { Reloader, ReloadFailure, ReloadSuccess } from '../reload/index.js'
import type { Gate } from '../run/index.js'
import type { Logger } from '../telemetry/index.js'
import { ConfigError, formatPlace } from '../yaml/index.js'

export interface ReloadReportOptions {
  readonly registry: Registry
  readonly logger: Logger
  /** The config file, as the user named it. */
  readonly file: string
  /** Open once the daemon stops. */
  readonly stopping: Gate
}

/** Says in metrics and log how each reload goes, until the reloader stops. */
export function reportReloads(reloader: Reloader<Config>, options: ReloadReportOptions): void {
  const { registry, logger, file, stopping } = options
  const { successful, successTime } = reloadMetrics(registry)
  let ignored = ''

  reloader.status
    .pipe(
      map(({ state }) => state),
      distinctUntilChanged(),
      filter((state) => state === 'reloading'),
    )
    .subscribe(() => logger.info('Loading configuration file', { filename: file }))
  reloader.status
    .pipe(distinctUntilChanged((a, b) => a.last === b.last))
    .subscribe(({ last, lastSuccessAt }) => {
      if (last === undefined) return
      successful.set(last.ok ? 1 : 0)
      if (lastSuccessAt !== undefined) successTime.set(lastSuccessAt / 1000)
      if (last.ok) logSuccess(logger, file, last)
      else logRefusal(logger, file, last, stopping)
    })
  reloader.config.subscribe((config) => {
    const sections = config.ignored.join(', ')
    if (sections !== '' && sections !== ignored) {
      logger.info('Sections that muster does not act on', { sections })
    }
    ignored = sections
  })
}

function reloadMetrics(registry: Registry): { successful: Gauge; successTime: Gauge } {
  const registers = [registry]
  return {
    successful: new Gauge({
      name: 'prometheus_config_last_reload_successful',
      help: 'Whether the last configuration reload attempt was successful.',
      registers,
    }),
    successTime: new Gauge({
      name: 'prometheus_config_last_reload_success_timestamp_seconds',
      help: 'Timestamp of the last successful configuration reload.',
      registers,
    }),
  }
}

function logSuccess(logger: Logger, file: string, result: ReloadSuccess): void {
  const parts = result.parts.map(({ part, prepareMs, commitMs }) => [
    part,
    `${(prepareMs + commitMs).toFixed(3)}ms`,
  ])
  logger.info('Completed loading of configuration file', {
    ...Object.fromEntries(parts),
    filename: file,
    totalDuration: `${result.durationMs.toFixed(3)}ms`,
  })
  const said = result.changes.filter(({ changes = [] }) => changes.length > 0)
  if (said.length === 0) logger.info('The configuration has not changed', { filename: file })
  else {
    const changes = said.map(({ part, changes: own = [] }) => [part, own.join('; ')])
    logger.info('Configuration changes', Object.fromEntries(changes))
  }
}

/** More issues than this are counted; `muster check config` names them. */
const mostIssues = 50

/**
 * In Prometheus' words, which tell the first load from those after it; each issue of a config file is one line.
 * A reload that was given up since the daemon stops is no refusal: why it stops is said elsewhere.
 */
function logRefusal(logger: Logger, file: string, result: ReloadFailure, stopping: Gate): void {
  const isFirst = result.causes.includes('start')
  const loading = isFirst
    ? `Error loading config (--config.file=${file})`
    : 'Error reloading config'
  for (const { part, phase, error } of result.reasons) {
    if (phase === 'stop') continue
    if (phase === 'load') logLoadError(logger, loading, path.resolve(file), error)
    else if (stopping.isOpen) {
      // A part that is being stopped may well refuse what comes.
      logger.debug('Configuration was not applied: muster stops', { part, err: error })
    } else logger.error('Failed to apply configuration', { part, err: error })
  }
}

function logLoadError(logger: Logger, message: string, file: string, error: unknown): void {
  if (!(error instanceof ConfigError)) {
    logger.error(message, { file, err: error })
    return
  }
  const shown = error.issues.slice(0, mostIssues)
  for (const issue of shown) {
    const hint = issue.hint === undefined ? '' : ` (${issue.hint})`
    logger.error(message, {
      at: formatPlace(issue),
      key: issue.path === '' ? undefined : issue.path,
      err: `${issue.message}${hint}`,
    })
  }
  const more = error.issues.length - shown.length + error.uncollected
  if (more > 0) {
    logger.error(message, {
      file,
      err: `and ${String(more)} more; \`muster check config\` names each`,
    })
  }
}
