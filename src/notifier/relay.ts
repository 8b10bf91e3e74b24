import { type Alert, defaultResolveTimeoutMs, faultOfAlert } from './alert.js'
import type { Notifier } from './notifier.js'
import { parsePostableAlerts, PayloadError } from './postable-alerts.js'

/** What a relay says about itself, as Alertmanager's clients ask for it. */
export interface RelayBuild {
  readonly version: string
  readonly revision: string
  readonly branch: string
  readonly buildUser: string
  readonly buildDate: string
  readonly goVersion: string
}

export interface RelayOptions {
  readonly notifier: Pick<Notifier, 'send'>
  readonly build: RelayBuild
  /** When the process began: what the status calls uptime. */
  readonly startedAt: Date
  /** The config in force, secrets masked. */
  readonly config: () => string
  /** Unix milliseconds. */
  readonly now?: () => number
  /** The longest body, in bytes. Default 10 MiB. */
  readonly maxBodyBytes?: number
}

/** An answer of the relay; a body is JSON. */
export interface RelayAnswer {
  readonly status: 200 | 400 | 415 | 422 | 503
  /** Empty where there is nothing to say. */
  readonly body: string
}

/** Alertmanager's v2 API as far as senders of alerts use it. */
export interface Relay {
  /** Longer bodies must not be read. */
  readonly maxBodyBytes: number
  /**
   * `POST /api/v2/alerts`. As in Alertmanager the good alerts of a body are taken though others are bad,
   * and the answer is 400 then.
   * @param contentType the header; undefined where there is none
   */
  post(body: string, contentType: string | undefined): RelayAnswer
  /** `GET /api/v2/status`. */
  status(): unknown
}

/**
 * Takes alerts as Alertmanager does, for senders that cannot discover Alertmanagers themselves: they
 * are pointed here, and the notifier brings what they send to all.
 */
export function createRelay(options: RelayOptions): Relay {
  const { notifier, build, startedAt, config, now = Date.now } = options
  return {
    maxBodyBytes: options.maxBodyBytes ?? 10 << 20,
    post(body, contentType) {
      const media = contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
      if (media !== 'application/json') return wrongMedia(contentType)
      try {
        return take(parsePostableAlerts(body), notifier, now())
      } catch (error) {
        if (!(error instanceof PayloadError)) throw error
        return failure(error.status, error.errorCode, error.message)
      }
    },
    status: () => ({
      cluster: { peers: [], status: 'disabled' },
      config: { original: config() },
      uptime: startedAt.toISOString(),
      versionInfo: { ...build },
    }),
  }
}

function take(
  alerts: readonly Alert[],
  notifier: Pick<Notifier, 'send'>,
  now: number,
): RelayAnswer {
  const faults = alerts.map((alert) => faultOfAlert(alert, now, defaultResolveTimeoutMs))
  const good = alerts.filter((_, i) => faults[i] === undefined)
  if (good.length > 0 && !notifier.send(good)) {
    return failure(503, 503, 'the notifier is stopping')
  }
  const bad = faults.filter((fault) => fault !== undefined)
  if (bad.length === 0) return { status: 200, body: '' }
  // Alertmanager says this in another way than the rest: a bare string, and a line break.
  return { status: 400, body: `${JSON.stringify(bad.join('\n'))}\n` }
}

function wrongMedia(contentType: string | undefined): RelayAnswer {
  const given = JSON.stringify(contentType ?? 'application/octet-stream')
  const message = `unsupported media type ${given}, only [application/json] are allowed`
  return failure(415, 415, message)
}

function failure(status: RelayAnswer['status'], code: number, message: string): RelayAnswer {
  return { status, body: JSON.stringify({ code, message }) }
}
