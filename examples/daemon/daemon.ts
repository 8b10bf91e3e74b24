import { createServer } from 'node:http'
import { hashFiles, onContentChange, onSignal, type Reloadable, Reloader } from 'muster-sd/reload'
import {
  abortable,
  formatReport,
  Gate,
  Group,
  httpServerActor,
  type LifecycleEvent,
  type SignalSource,
  signalActor,
  type StopReport,
  supervise,
} from 'muster-sd/run'
import { Queue } from './queue.js'
import { readSettings, type Settings } from './settings.js'
import { Web } from './web.js'

/** Everything from outside: no part of the daemon touches `process` itself. */
export interface DaemonOptions {
  /** DAEMON_CONFIG names the config file, DAEMON_PORT where to listen. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly signals: SignalSource
  readonly log: (line: string) => void
  /** The user pressed Ctrl-C twice. */
  readonly onForce: (report: StopReport) => void
  /** Further parts that take the config. */
  readonly parts?: readonly Reloadable<Settings>[]
}

/** Builds the daemon; nothing happens before its `run`. */
export function daemon(options: DaemonOptions): Group {
  const { env, signals, log } = options
  const configFile = env['DAEMON_CONFIG'] ?? 'daemon.json'
  const group = new Group({ stopTimeoutMs: 3_000, onEvent: (event) => logEvent(event, log) })

  const queue = new Queue()
  const web = new Web(queue, () => reloader.reload('web'))
  const configured = new Gate('the first config')
  const reloader: Reloader<Settings> = new Reloader<Settings>({
    load: (signal) => readSettings(configFile, signal),
    parts: [queue, web, ...(options.parts ?? [])],
    triggers: [onSignal(signals, 'SIGHUP'), onContentChange({ everyMs: 1_000 })],
    fingerprint: hashFiles([configFile]),
    ready: configured,
    timeoutMs: 2_000,
  })
  const worker = supervise('queue', () => abortable('worker', (signal) => queue.work(signal)), {
    maxRestarts: 2,
  })
  const http = httpServerActor({
    server: createServer((request, response) => {
      web.answer(request, response).catch((error: unknown) => {
        log(`request failed: ${String(error)}`)
        response.destroy()
      })
    }),
    listen: { host: '127.0.0.1', port: Number(env['DAEMON_PORT'] ?? 8080) },
    drainMs: 1_000,
    onListening: (address) => log(`listening ${JSON.stringify(address)}`),
  })

  return group
    .add(signalActor({ source: signals, group, onForce: options.onForce }))
    .add(reloader, { ready: configured })
    .add(http, { after: configured })
    .add(worker, { after: configured, stopAfter: ['http'], stopTimeoutMs: 1_500 })
}

function logEvent(event: LifecycleEvent, log: (line: string) => void): void {
  if (event.type === 'overdue') log(`overdue: ${formatReport(event.report)}`)
  else log(`${event.type} ${event.actor}`)
}
