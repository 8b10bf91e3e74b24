import { merge, Subscription, throttleTime } from 'rxjs'
import type { Config } from '../config/index.js'
import type { DiscoveryManager } from '../discovery/index.js'
import type { Reloader, ReloadStatus } from '../reload/index.js'
import {
  type Actor,
  type Gate,
  type NotifySend,
  type SystemdNotifier,
  systemdNotifier,
} from '../run/index.js'
import type { ScrapeManager } from '../scrape/index.js'
import type { Logger } from '../telemetry/index.js'

/** Each status is a process of its own where `systemd-notify` carries it: no more than one in this time. */
const statusEveryMs = 10_000

/** What systemd is told about, and how. */
export interface SystemdParts {
  readonly send: NotifySend
  /** What systemd set: NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly ready: Gate
  readonly reloader: Reloader<Config>
  readonly discovery: { readonly scrape: DiscoveryManager; readonly notify: DiscoveryManager }
  readonly pools: ScrapeManager
  readonly logger: Logger
}

/**
 * Tells systemd that the daemon is ready, reloads, stops and lives, and how many targets it has; an actor of the
 * daemon's group. Tells nothing where NOTIFY_SOCKET is not set.
 */
export function systemdActor(parts: SystemdParts): Actor {
  const { send, env, ready, reloader, discovery, pools, logger } = parts
  const notifier = systemdNotifier({
    send,
    ready,
    env,
    onError: (err) => logger.warn('Unable to notify systemd', { err }),
  })
  const isTold = (env['NOTIFY_SOCKET'] ?? '') !== ''
  return {
    name: notifier.name,
    async execute() {
      const subscriptions = new Subscription()
      if (isTold) {
        const changes = merge(
          discovery.scrape.statusChanges,
          discovery.notify.statusChanges,
          pools.changes,
          reloader.status,
        )
        const calm = changes.pipe(
          throttleTime(statusEveryMs, undefined, { leading: true, trailing: true }),
        )
        let last = ''
        const tell = (): void => {
          const text = statusText(parts)
          if (!ready.isOpen || text === last) return
          last = text
          notifier.status(text)
        }
        subscriptions.add(ready.onOpen(tell))
        subscriptions.add(calm.subscribe(tell))
        subscriptions.add(reloader.status.subscribe(tellReloads(notifier, ready)))
      }
      try {
        await notifier.execute()
      } finally {
        subscriptions.unsubscribe()
      }
    },
    interrupt: (reason) => notifier.interrupt(reason),
  }
}

/** Tells of reloads after the start; of the first load `READY=1` tells. */
function tellReloads(notifier: SystemdNotifier, ready: Gate): (status: ReloadStatus) => void {
  let isReloading = false
  return ({ state }) => {
    if (state === 'reloading' && ready.isOpen) {
      isReloading = true
      notifier.reloading()
    } else if (state === 'idle' && isReloading) {
      isReloading = false
      notifier.reloaded()
    }
  }
}

/** `3 jobs, 120 targets, 4 providers (1 failing); the last reload was refused` */
function statusText({ pools, discovery, reloader }: SystemdParts): string {
  const jobs = pools.pools()
  const targets = jobs.reduce((sum, pool) => sum + pool.activeCount, 0)
  const providers = [...discovery.scrape.providers(), ...discovery.notify.providers()]
  const failing = providers.filter(({ state }) => state === 'failing' || state === 'failed').length
  const isRefused = lastReloadFailed(reloader)
  return (
    `${count(jobs.length, 'job')}, ${count(targets, 'target')}, ` +
    count(providers.length, 'provider') +
    (failing === 0 ? '' : ` (${String(failing)} failing)`) +
    (isRefused ? '; the last reload was refused' : '')
  )
}

function lastReloadFailed(reloader: Reloader<Config>): boolean {
  let isFailed = false
  reloader.status
    .subscribe(({ last }) => {
      isFailed = last?.ok === false
    })
    .unsubscribe()
  return isFailed
}

function count(n: number, what: string): string {
  return `${String(n)} ${what}${n === 1 ? '' : 's'}`
}
