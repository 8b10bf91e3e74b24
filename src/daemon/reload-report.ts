import path from 'node:path'
import { Gauge, type Registry } from 'prom-client'
import { filter, map, distinctUntilChanged } from 'rxjs'
import type { Config } from '../config/index.js'
import type { Reloader, ReloadFailure, ReloadSuccess } from '../reload/index.js'
import type { Logger } from '../telemetry/index.js'

export interface ReloadReportOptions {
  readonly registry: Registry
  readonly logger: Logger
  /** The config file, as the user named it. */
  readonly file: string
}

/** Says in metrics and log how each reload goes, until the reloader stops. */
export function reportReloads(reloader: Reloader<Config>, options: ReloadReportOptions): void {
  const { registry, logger, file } = options
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
      else logRefusal(logger, file, last)
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
}

/**
 * In Prometheus' words, which tell the first load from those after it. A reload that was given up since the
 * daemon stops is no refusal: why it stops is said elsewhere.
 */
function logRefusal(logger: Logger, file: string, result: ReloadFailure): void {
  const isFirst = result.causes.includes('start')
  const loading = isFirst
    ? `Error loading config (--config.file=${file})`
    : 'Error reloading config'
  for (const { part, phase, error } of result.reasons) {
    if (phase === 'stop') continue
    if (phase === 'load') logger.error(loading, { file: path.resolve(file), err: error })
    else logger.error('Failed to apply configuration', { part, err: error })
  }
}
