import { checkGuardRule } from '../discovery/index.js'
import { checkCount, checkMs } from '../waiting/option.js'
import { type DaemonOption, orOptionError } from './errors.js'
import type { DaemonSettings } from './options.js'

/**
 * Checks the numbers among the options, those of the guard's rule included.
 * @throws {DaemonOptionError} naming the first that cannot work
 */
export function checkNumbers({ reload, web, discovery, notifier, ...more }: DaemonSettings): void {
  const { guard } = discovery
  ms('stopTimeoutMs', more.stopTimeoutMs)
  ms('reload.intervalMs', reload.intervalMs)
  ms('reload.timeoutMs', reload.timeoutMs)
  ms('web.readTimeoutMs', web.readTimeoutMs)
  count('web.maxConnections', web.maxConnections, 1)
  ms('web.httpSdIncompleteAfterMs', web.httpSdIncompleteAfterMs)
  ms('discovery.stateMaxAgeMs', discovery.stateMaxAgeMs)
  count('discovery.events', discovery.events, 0)
  if (guard !== undefined) orOptionError('discovery.guard', () => checkGuardRule(guard))
  count('notifier.queueCapacity', notifier.queueCapacity, 1)
  count('notifier.batchSize', notifier.batchSize, 1)
  count('notifier.stateMaxBytes', notifier.stateMaxBytes, 1)
}

function ms(option: DaemonOption, value: number | undefined): void {
  orOptionError(option, () => checkMs('it', value))
}

function count(option: DaemonOption, value: number, least: 0 | 1): void {
  orOptionError(option, () => checkCount('it', value, least))
}
