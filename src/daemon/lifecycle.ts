import type { StateStore } from '../discovery/index.js'
import {
  abortable,
  type Actor,
  formatReport,
  Gate,
  type Group,
  type LifecycleEvent,
  type SignalSource,
  signalActor,
  type StopReport,
} from '../run/index.js'
import type { Logger } from '../telemetry/index.js'
import type { WebServer } from '../web/index.js'

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

/** Go's words for the signals, which Prometheus logs. */
const signalNames: Readonly<Partial<Record<NodeJS.Signals, string>>> = {
  SIGINT: 'interrupt',
  SIGTERM: 'terminated',
}

export interface StopSignalsOptions {
  readonly source: SignalSource
  readonly group: Group
  readonly logger: Logger
  /** Called at a second SIGINT. */
  readonly onForce: ((report: StopReport) => void) | undefined
}

/** Ends the group at SIGINT or SIGTERM, and logs it as Prometheus does. */
export function stopSignals({ source, group, logger, onForce }: StopSignalsOptions): Actor {
  return signalActor({
    source,
    group,
    onSignal: (signal) =>
      logger.warn('Received an OS signal, exiting gracefully...', {
        signal: signalNames[signal] ?? signal,
      }),
    ...(onForce && { onForce }),
  })
}

/** Ends the group as soon as it starts: add it behind the gate that a request to quit opens. */
export function quitActor(logger: Logger): Actor {
  return abortable('quit', async () => {
    logger.warn('Received termination request via web service, exiting gracefully...')
  })
}

/** The store as an actor that first reads what an earlier run kept, and then opens a gate. */
export function restoring(store: StateStore, restored: Gate): Actor {
  return {
    name: store.name,
    async execute() {
      await store.load()
      restored.open()
      await store.execute()
    },
    interrupt: () => store.interrupt(),
  }
}

/** Opens a gate once the server listens: add it behind the gate of the first config. */
export function readyActor(server: WebServer, ready: Gate, logger: Logger): Actor {
  const stop = new Gate('stop')
  return {
    name: ready.name,
    async execute() {
      await Promise.race([server.listen(), stop.opened])
      if (stop.isOpen) return
      logger.info('Server is ready to receive web requests.')
      ready.open()
      await stop.opened
    },
    interrupt: () => stop.open(),
  }
}
