import { asyncScheduler, type SchedulerLike } from 'rxjs'
import { Counter, Gauge, Registry } from 'prom-client'
import { makeFolder } from '../discovery/state/make-folder.js'
import { fileErrorReason } from '../go/file-error.js'
import { abortable, type Actor } from '../run/index.js'
import { errorMessage } from '../telemetry/error-text.js'
import { type Logger, silentLogger } from '../telemetry/index.js'
import { checkCount } from '../waiting/option.js'
import { sleep } from '../waiting/sleep.js'
import { Turns } from '../waiting/turns.js'
import { type Alert, validUntilOf } from './alert.js'
import { AlertLogFile } from './alert-log-file.js'
import { type KeptAlert, keyOf, lineOf } from './alert-record.js'
import { beatMs, FolderLock } from './folder-lock.js'

/** What becomes of alerts that are to be kept. */
export type KeepResult =
  /** They are on disk. */
  | { readonly kind: 'kept' }
  /** They may not be; the reason is in words for their sender. */
  | { readonly kind: 'not kept'; readonly reason: string }

/** Where alerts are kept, and what takes those of an earlier run. */
export interface AlertLogOptions {
  /** The folder of the log; it is made if it is not there. One process may have it at a time. */
  readonly folder: string
  /** Takes an alert of an earlier run that is still valid; called for each before any other is kept. */
  readonly restore: (kept: KeptAlert) => void
  /** The most that the alerts which are kept may take, in bytes; the folder may take three times as much. Default 64 MiB. */
  readonly maxBytes?: number
  readonly logger?: Logger
  readonly registry?: Registry
  /** Where long work takes its time from; the process should have one. Left out: one of its own. */
  readonly turns?: Turns
  readonly scheduler?: SchedulerLike
  /** A clock that never goes back, in milliseconds. Default `performance.now`. */
  readonly now?: () => number
}

/** An alert of the log. */
interface Entry {
  readonly line: string
  readonly bytes: number
  readonly validUntil: number
}

/** Alerts that are to be written together, since they were accepted together. */
interface Batch {
  readonly entries: readonly (readonly [key: string, entry: Entry])[]
  readonly bytes: number
  readonly settle: (result: KeepResult) => void
}

type State =
  /** The folder is being taken and read. */
  | { readonly kind: 'opening' }
  | { readonly kind: 'open' }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'closed' }

const defaultBytes = 64 * 1024 * 1024

/** A file below this is not worth replacing. */
const leastBytes = 1024 * 1024

/** What could not be opened is tried again after this; milliseconds. */
const againMs = 5000

/** What is over leaves the file within this, without any other alert; milliseconds. */
const tidyMs = 60_000

/** A sender waits no longer for the disk; milliseconds. It may be kept all the same. */
const patienceMs = 8000

/**
 * Keeps accepted alerts in a folder until they are over, so that none is lost when the process is killed: a log that
 * is appended to, and synced before the sender has its answer. Those that wait at one moment share one sync. An alert
 * leaves the log when a newer state of it comes, and when it is over; then the file is replaced by a shorter one.
 *
 * Whatever is wrong with the folder costs an answer and a line in the log: alerts are sent all the same.
 */
export class AlertLog implements Actor {
  readonly name = 'alert log'
  readonly #options: AlertLogOptions
  readonly #scheduler: SchedulerLike
  readonly #logger: Logger
  readonly #turns: Turns
  readonly #maxBytes: number
  readonly #metrics: AlertLogMetrics
  readonly #file: AlertLogFile
  readonly #lock: FolderLock
  readonly #actor: Actor
  /** What is in the file and still counts, the latest last. */
  readonly #entries = new Map<string, Entry>()
  #liveBytes = 0
  #waitingBytes = 0
  #state: State = { kind: 'opening' }
  #opened: Promise<void> = Promise.resolve()
  #waiting: Batch[] = []
  /** Lines are made one list after the other, so that a newer state comes later in the file. */
  #making: Promise<unknown> = Promise.resolve()
  #writing: Promise<void> | undefined
  #lastReason = ''

  /** @throws {OptionError} unless `maxBytes` is a whole number, 1 or more */
  constructor(options: AlertLogOptions) {
    const { folder, maxBytes = defaultBytes, scheduler = asyncScheduler } = options
    const { now = () => performance.now(), turns = new Turns() } = options
    checkCount('maxBytes', maxBytes)
    this.#options = options
    this.#scheduler = scheduler
    this.#turns = turns
    this.#maxBytes = maxBytes
    this.#logger = (options.logger ?? silentLogger).child({ component: 'alert log' })
    this.#metrics = new AlertLogMetrics(options.registry ?? new Registry())
    this.#file = new AlertLogFile(folder)
    this.#lock = new FolderLock(folder, scheduler, now)
    this.#actor = abortable(this.name, (signal) => this.#run(signal))
  }

  execute(): Promise<void> {
    return this.#actor.execute()
  }

  interrupt(reason?: unknown): void {
    void this.#actor.interrupt(reason)
  }

  /**
   * Keeps alerts until they are over. Resolves when they are on disk, or cannot be, but in eight seconds at most;
   * never rejects.
   * @param alerts valid ones
   * @param at when they were accepted, in Unix milliseconds
   */
  async keep(alerts: readonly Alert[], at: number): Promise<KeepResult> {
    if (alerts.length === 0) return { kind: 'kept' }
    const late = new AbortController()
    const result = await Promise.race([
      this.#keep(alerts, at),
      sleep(patienceMs, this.#scheduler, late.signal).then(
        () => notKept('the file system does not answer'),
        () => notKept(''),
      ),
    ])
    late.abort()
    if (result.kind === 'not kept') this.#metrics.failures.inc()
    return result
  }

  async #keep(alerts: readonly Alert[], at: number): Promise<KeepResult> {
    const made = this.#making.then(() => this.#make(alerts, at))
    this.#making = made
    const { entries, bytes } = await made
    if (this.#state.kind === 'opening') await this.#opened
    const state = this.#state
    if (state.kind !== 'open') {
      return notKept(state.kind === 'failed' ? state.reason : 'the alert log is closed')
    }
    if (this.#liveBytes + this.#waitingBytes + bytes > this.#maxBytes) this.#forgetOver()
    if (this.#liveBytes + this.#waitingBytes + bytes > this.#maxBytes) {
      return notKept(`the alerts that are kept take ${String(this.#maxBytes)} bytes already`)
    }
    return new Promise((settle) => {
      this.#waitingBytes += bytes
      this.#waiting.push({ entries, bytes, settle })
      this.#writing ??= this.#write()
    })
  }

  async #make(alerts: readonly Alert[], at: number): Promise<Pick<Batch, 'entries' | 'bytes'>> {
    const entries: [string, Entry][] = []
    let bytes = 0
    for (const alert of alerts) {
      if (this.#turns.isOver) await this.#turns.next()
      const entry = entryOf({ alert, at, validUntil: validUntilOf(alert, at) })
      entries.push([keyOf(alert), entry])
      bytes += entry.bytes
    }
    return { entries, bytes }
  }

  /** Writes what waits, all of it with one sync, until nothing does. */
  async #write(): Promise<void> {
    // Posts that come in this turn of the event loop are written with it.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const batches = this.#waiting
      this.#waiting = []
      const result = await this.#commit(batches)
      for (const { bytes, settle } of batches) {
        this.#waitingBytes -= bytes
        settle(result)
      }
    }
    this.#writing = undefined
  }

  async #commit(batches: readonly Batch[]): Promise<KeepResult> {
    const entries = batches.flatMap((batch) => batch.entries)
    try {
      if (this.#file.isBroken) await this.#replace()
      await this.#file.append(entries.map(([, { line }]) => line).join(''))
      await this.#lock.checkIfOld()
      for (const [key, entry] of entries) this.#put(key, entry)
      this.#metrics.commits.inc()
      this.#said('')
      await this.#shorten()
      return { kind: 'kept' }
    } catch (error) {
      return notKept(this.#failed('Alerts cannot be kept', error))
    } finally {
      this.#count()
    }
  }

  /** Replaces the file where most of it is over. It goes on with what it has where that fails. */
  async #shorten(): Promise<void> {
    const { size } = this.#file
    if (size < leastBytes || size < 2 * this.#liveBytes) return
    this.#forgetOver()
    try {
      await this.#replace()
    } catch (error) {
      this.#failed('The alert log cannot be made shorter', error)
    }
  }

  async #replace(): Promise<void> {
    await this.#lock.check()
    await this.#file.replace(Array.from(this.#entries.values(), ({ line }) => line))
  }

  async #run(signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) {
        this.#state = { kind: 'opening' }
        const opening = this.#open(signal)
        this.#opened = opening.then(
          () => undefined,
          () => undefined,
        )
        try {
          await opening
          await this.#watch(signal)
        } catch (error) {
          if (signal.aborted) break
          const reason = this.#failed('The alert log cannot be used, trying again', error)
          this.#state = { kind: 'failed', reason }
          await sleep(againMs, this.#scheduler, signal)
        }
      }
    } finally {
      this.#state = { kind: 'closed' }
      await this.#writing
      await this.#file.close()
      await this.#lock.release().catch((error: unknown) => {
        this.#failed('The folder of the alert log cannot be given back', error)
      })
    }
  }

  async #open(signal: AbortSignal): Promise<void> {
    const { folder, restore } = this.#options
    await makeFolder(folder, againMs)
    await this.#lock.acquire(signal)
    // What was being written when the folder was lost has to be in what is read.
    await this.#writing
    const { alerts, damaged } = await this.#file.load(this.#turns)
    if (damaged > 0) {
      this.#metrics.damaged.inc(damaged)
      this.#logger.warn('Damaged lines of the alert log are left out', {
        file: this.#file.path,
        count: damaged,
      })
    }
    // Another process may have had the folder in between.
    this.#entries.clear()
    this.#liveBytes = 0
    const kept = new Map<string, KeptAlert>()
    for (const alert of alerts) {
      if (this.#turns.isOver) await this.#turns.next()
      const key = keyOf(alert.alert)
      kept.delete(key)
      kept.set(key, alert)
      this.#put(key, entryOf(alert))
    }
    this.#forgetOver()
    await this.#file.replace(Array.from(this.#entries.values(), ({ line }) => line))
    const valid = Array.from(kept).flatMap(([key, alert]) =>
      this.#entries.has(key) ? [alert] : [],
    )
    for (const alert of valid) {
      if (this.#turns.isOver) await this.#turns.next()
      restore(alert)
    }
    this.#metrics.restored.inc(valid.length)
    this.#count()
    this.#state = { kind: 'open' }
    this.#said('')
    this.#logger.info('Alert log is open', { file: this.#file.path, alerts: valid.length })
  }

  /** Shows that this process runs, and lets go what is over. @throws where another process has the folder */
  async #watch(signal: AbortSignal): Promise<void> {
    for (let sinceMs = 0; ; sinceMs += beatMs) {
      await sleep(beatMs, this.#scheduler, signal)
      await this.#lock.check()
      if (sinceMs < tidyMs || this.#writing !== undefined) continue
      sinceMs = 0
      this.#forgetOver()
      this.#count()
      this.#writing = this.#shorten().then(() => this.#write())
    }
  }

  #put(key: string, entry: Entry): void {
    this.#forget(key)
    this.#entries.set(key, entry)
    this.#liveBytes += entry.bytes
  }

  #forgetOver(): void {
    const now = this.#scheduler.now()
    for (const [key, { validUntil }] of this.#entries) if (validUntil <= now) this.#forget(key)
  }

  #forget(key: string): void {
    this.#liveBytes -= this.#entries.get(key)?.bytes ?? 0
    this.#entries.delete(key)
  }

  /** Logs an error, unless it is the one that was logged last. @returns its reason */
  #failed(message: string, error: unknown): string {
    const reason = fileErrorReason(error) ?? errorMessage(error)
    if (this.#said(reason)) this.#logger.error(message, { file: this.#file.path, err: error })
    return reason
  }

  /** @param reason what is wrong; empty when nothing is. @returns whether that is new */
  #said(reason: string): boolean {
    if (reason === this.#lastReason) return false
    this.#lastReason = reason
    return true
  }

  #count(): void {
    this.#metrics.alerts.set(this.#entries.size)
    this.#metrics.size.set(this.#file.size)
  }
}

function entryOf(kept: KeptAlert): Entry {
  const line = lineOf(kept)
  return { line, bytes: Buffer.byteLength(line), validUntil: kept.validUntil }
}

function notKept(reason: string): KeepResult {
  return { kind: 'not kept', reason }
}

class AlertLogMetrics {
  readonly alerts: Gauge
  readonly size: Gauge
  readonly commits: Counter
  readonly failures: Counter
  readonly damaged: Counter
  readonly restored: Counter

  constructor(registry: Registry) {
    const named = (name: string, help: string) => ({
      name: `muster_alert_log_${name}`,
      help,
      registers: [registry],
    })
    this.alerts = new Gauge(named('alerts', 'Number of alerts that are kept on disk.'))
    this.size = new Gauge(named('size_bytes', 'Size of the file of the alert log.'))
    this.commits = new Counter(
      named('commits_total', 'Total number of writes that were synced to disk.'),
    )
    this.failures = new Counter(
      named('failures_total', 'Total number of posts whose alerts could not be kept.'),
    )
    this.damaged = new Counter(
      named('damaged_lines_total', 'Total number of lines that were left out as damaged.'),
    )
    this.restored = new Counter(
      named('restored_alerts_total', 'Total number of alerts that an earlier run had left.'),
    )
  }
}
