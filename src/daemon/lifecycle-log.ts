import type { Gate, LifecycleEvent } from '../run/index.js'
import { formatReport } from '../run/index.js'
import type { Logger } from '../telemetry/index.js'

/**
 * Writes what happens to the actors to the log, and opens a gate when they are told to stop.
 * @returns the listener for a group's `onEvent`
 */
export function lifecycleLog(logger: Logger, stopping: Gate): (event: LifecycleEvent) => void {
  return (event) => {
    switch (event.type) {
      case 'start':
        logger.debug('Actor started', { actor: event.actor })
        return
      case 'ready':
        logger.debug('Actor is ready', { actor: event.actor, after: inMs(event.afterMs) })
        return
      case 'interrupt':
        stopping.open()
        logger.debug('Stopping actor', { actor: event.actor })
        return
      case 'settle':
        logger.debug('Actor stopped', { actor: event.actor, ran: inMs(event.ranMs) })
        return
      case 'overdue':
        logger.warn('Actors do not stop in time', { blockers: formatReport(event.report) })
    }
  }
}

function inMs(ms: number): string {
  return `${ms.toFixed(1)}ms`
}
