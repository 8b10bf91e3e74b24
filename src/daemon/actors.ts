import type { Writable } from 'node:stream'
import {
  abortable,
  type Actor,
  formatReport,
  type Gate,
  type Group,
  signalActor,
} from '../run/index.js'
import type { Logger } from '../telemetry/index.js'
import type { WebServer } from '../web/index.js'
import { forced } from '../cli/exit-code.js'
import type { Host } from '../cli/host.js'
import type { WebFlags } from '../cli/web-flags.js'

/** Go's words for the signals, which Prometheus logs. */
const signalNames: Readonly<Partial<Record<NodeJS.Signals, string>>> = {
  SIGINT: 'interrupt',
  SIGTERM: 'terminated',
}

/** Ends the group at SIGINT or SIGTERM; a second SIGINT ends the process, with the names of those who block. */
export function stopSignals(host: Host, group: Group, logger: Logger): Actor {
  return signalActor({
    source: host.signals,
    group,
    onSignal: (signal) =>
      logger.warn('Received an OS signal, exiting gracefully...', {
        signal: signalNames[signal] ?? signal,
      }),
    onForce: (report) => {
      logger.error('Interrupted again, exiting at once', { blockers: formatReport(report) })
      host.exit(forced)
    },
  })
}

/** Ends the group when somebody asks for it over HTTP. */
export function quitActor(quit: Gate, logger: Logger): Actor {
  return abortable('quit', async (signal) => {
    await opened(quit, signal)
    if (!signal.aborted) {
      logger.warn('Received termination request via web service, exiting gracefully...')
    }
  })
}

export interface AnnouncerOptions {
  readonly server: WebServer
  readonly ready: Gate
  readonly logger: Logger
  readonly stdout: Writable
  readonly web: WebFlags
}

/** Says where to look, in one line, once the server listens and the first config is in force. */
export function announcer(options: AnnouncerOptions): Actor {
  const { server, ready, logger, stdout } = options
  const { routePrefix, protection } = options.web
  const scheme = protection?.isTls === true ? 'https' : 'http'
  return abortable('announcer', async (signal) => {
    const stopped = aborted(signal)
    await Promise.race([stopped, Promise.all([server.listen(), ready.opened])])
    if (signal.aborted) return
    logger.info('Server is ready to receive web requests.')
    const path = routePrefix === '/' ? '/' : `${routePrefix}/`
    for (const address of server.addresses) {
      stdout.write(`muster is ready: open ${scheme}://${address}${path}\n`)
    }
    await stopped
  })
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

async function opened(gate: Gate, signal: AbortSignal): Promise<void> {
  await Promise.race([gate.opened, aborted(signal)])
}
