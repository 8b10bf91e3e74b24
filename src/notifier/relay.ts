import { checkCount } from '../waiting/option.js'
import { Turns } from '../waiting/turns.js'
import type { AlertLog } from './alert-log.js'
import type { Alert } from './alert.js'
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

/** What {@link createRelay} is built from. */
export interface RelayOptions {
  readonly notifier: Pick<Notifier, 'sendValid'>
  /**
   * Keeps alerts on disk: the answer 200 means that they are there. Those that cannot be kept are sent all the
   * same, and answered with 503. Left out: 200 means that they are queued.
   */
  readonly log?: Pick<AlertLog, 'keep'>
  /** Milliseconds since 1970. Default `Date.now`. */
  readonly now?: () => number
  readonly build: RelayBuild
  /** When the process began: what the status calls uptime. */
  readonly startedAt: Date
  /** The config in force, secrets masked. */
  readonly config: () => string
  /** The longest body, in bytes. Default 10 MiB. */
  readonly maxBodyBytes?: number
  /** Where long work takes its time from; the process should have one. Left out: one of its own. */
  readonly turns?: Turns
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
   * and the answer is 400 then. Bodies are read one after the other, and other work gets its turn between
   * the alerts of a long one.
   * @param contentType the header; undefined where there is none
   */
  post(body: string, contentType: string | undefined): Promise<RelayAnswer>
  /** `GET /api/v2/status`. */
  status(): unknown
}

// Alerts of a kilobyte are common. Alertmanager has no limit, and chokes on one of ten megabytes.
const maxAlertCharacters = 1 << 20
/** How many alerts are taken at a time, where rules do not take long: about a millisecond of work. */
const alertsPerStep = 100

/**
 * Takes alerts as Alertmanager does, for senders that cannot discover Alertmanagers themselves: they
 * are pointed here, and the notifier brings what they send to all.
 * @throws {OptionError} unless `maxBodyBytes` is a whole number, 1 or more
 */
export function createRelay(options: RelayOptions): Relay {
  const { notifier, log, build, startedAt, config, turns = new Turns(), now = Date.now } = options
  checkCount('maxBodyBytes', options.maxBodyBytes)
  const takeAll = async (body: string): Promise<Taken> => {
    try {
      return await take(parsePostableAlerts(body), now(), notifier, turns)
    } catch (error) {
      if (!(error instanceof PayloadError)) throw error
      return { answer: failure(error.status, error.errorCode, error.message), alerts: [], at: 0 }
    }
  }
  const keep = async ({ answer, alerts, at }: Taken): Promise<RelayAnswer> => {
    const result = await log?.keep(alerts, at)
    if (result === undefined || result.kind === 'kept') return answer
    return failure(503, 503, `the alerts are sent, but not kept: ${result.reason}`)
  }
  let last: Promise<unknown> = Promise.resolve()
  return {
    maxBodyBytes: options.maxBodyBytes ?? 10 << 20,
    post(body, contentType) {
      const media = contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? ''
      if (media !== 'application/json') return Promise.resolve(wrongMedia(contentType))
      // What is read takes many times the memory of its text: that much once, and not for every sender.
      const taken = last.then(() => takeAll(body))
      last = taken.catch(() => undefined)
      // Those that wait for the disk wait together.
      return taken.then(keep)
    },
    status: () => ({
      cluster: { peers: [], status: 'disabled' },
      config: { original: config() },
      uptime: startedAt.toISOString(),
      versionInfo: { ...build },
    }),
  }
}

/** A body whose alerts are queued. */
interface Taken {
  /** When all of it is done. */
  readonly answer: RelayAnswer
  /** Those that are to be kept. */
  readonly alerts: readonly Alert[]
  /** When they came, in Unix milliseconds. */
  readonly at: number
}

async function take(
  alerts: readonly Alert[],
  at: number,
  notifier: Pick<Notifier, 'sendValid'>,
  turns: Turns,
): Promise<Taken> {
  const faults: string[] = []
  const valid: Alert[] = []
  for (let from = 0; from < alerts.length; ) {
    if (turns.isOver) await turns.next()
    const part = alerts.slice(from, from + alertsPerStep)
    const tooLarge = new Map(part.map((alert) => [alert, faultOfSize(alert)]))
    const fitting = part.filter((alert) => tooLarge.get(alert) === undefined)
    const result = notifier.sendValid(fitting, () => turns.isOver, at)
    if (result.kind === 'stopped') {
      return { answer: failure(503, 503, 'the notifier is stopping'), alerts: [], at }
    }
    const left = fitting[result.taken]
    const done = left === undefined ? part : part.slice(0, part.indexOf(left))
    from += done.length
    for (const alert of done) {
      const fault = tooLarge.get(alert) ?? result.invalid.get(alert)
      if (fault === undefined) valid.push(alert)
      else faults.push(fault)
    }
  }
  // Alertmanager says this in another way than the rest: a bare string, and a line break.
  const answer: RelayAnswer =
    faults.length === 0
      ? { status: 200, body: '' }
      : { status: 400, body: `${JSON.stringify(faults.join('\n'))}\n` }
  return { answer, alerts: valid, at }
}

function faultOfSize({ labels, annotations = {} }: Alert): string | undefined {
  let characters = 0
  for (const texts of [labels, annotations]) {
    for (const [name, value] of Object.entries(texts)) characters += name.length + value.length
  }
  return characters > maxAlertCharacters
    ? `an alert may have ${String(maxAlertCharacters)} characters, this one has ${String(characters)}`
    : undefined
}

function wrongMedia(contentType: string | undefined): RelayAnswer {
  const given = JSON.stringify(contentType ?? 'application/octet-stream')
  const message = `unsupported media type ${given}, only [application/json] are allowed`
  return failure(415, 415, message)
}

function failure(status: RelayAnswer['status'], code: number, message: string): RelayAnswer {
  return { status, body: JSON.stringify({ code, message }) }
}
