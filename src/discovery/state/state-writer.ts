import {
  concatMap,
  defer,
  EMPTY,
  exhaustMap,
  fromEvent,
  interval,
  lastValueFrom,
  merge,
  type Observable,
  of,
  repeat,
  type SchedulerLike,
  takeUntil,
  timer,
} from 'rxjs'
import { timerMs } from '../../run/index.js'
import { fingerprint } from '../provider/fingerprint.js'
import { afterRemove, afterWrite, isFresh, workOn } from './file-record.js'
import type { FileRecords } from './file-records.js'
import type { StateFolder } from './state-folder.js'

export interface StateWriterOptions {
  readonly records: FileRecords
  readonly folder: StateFolder
  readonly scheduler: SchedulerLike
  /** Milliseconds from a change to its write, which takes along what changed meanwhile. */
  readonly delayMs: number
  /** A file has to be touched before it is this old; milliseconds. */
  readonly maxAgeMs: number
}

// Writing takes at most one part in this many of the time, however much there is to write.
const maxShare = 20

/** Brings the files of a state folder in line with their records, at a pace of its own. */
export class StateWriter {
  readonly #options: StateWriterOptions

  constructor(options: StateWriterOptions) {
    this.#options = options
  }

  /** Writes until the signal aborts, and then what is left. Comes back when it is on disk. */
  async run(signal: AbortSignal): Promise<void> {
    const stopped = defer(() => (signal.aborted ? of(undefined) : fromEvent(signal, 'abort')))
    // What runs when it is stopped is waited for, so that no file is written twice at a time.
    const all = merge(this.#writes(stopped), this.#touches(stopped))
    await lastValueFrom(all, { defaultValue: undefined })
    await this.#write()
    await this.#touch()
  }

  /** Writes a while after a change, and again as long as something is left to do. */
  #writes(stopped: Observable<unknown>): Observable<void> {
    const { records, delayMs, scheduler } = this.#options
    let tookMs = 0
    const next = defer(() => timer(timerMs(Math.max(delayMs, tookMs * maxShare)), scheduler)).pipe(
      takeUntil(stopped),
      concatMap(async () => {
        const begun = performance.now()
        await this.#write()
        tookMs = performance.now() - begun
      }),
    )
    const left = defer(() => (records.hasWork ? of(undefined) : EMPTY)).pipe(takeUntil(stopped))
    return merge(left, records.work).pipe(
      takeUntil(stopped),
      exhaustMap(() => next.pipe(repeat({ delay: () => left }))),
    )
  }

  /** Files that are still right must not grow too old. */
  #touches(stopped: Observable<unknown>): Observable<void> {
    const { maxAgeMs, scheduler } = this.#options
    return interval(timerMs(maxAgeMs / 8), scheduler).pipe(
      takeUntil(stopped),
      concatMap(() => this.#touch()),
    )
  }

  async #write(): Promise<void> {
    // What comes up meanwhile is for the next time.
    const work = Array.from(this.#options.records, ([name, record]) => ({
      name,
      todo: workOn(record),
    }))
    for (const { name, todo } of work) if (todo === 'remove') await this.#remove(name)
    for (const { name, todo } of work) if (todo === 'write') await this.#writeFile(name)
  }

  async #remove(name: string): Promise<void> {
    const { records, folder } = this.#options
    if (workOn(records.get(name)) !== 'remove') return
    await folder.remove(name)
    records.set(name, afterRemove(records.get(name)))
  }

  async #writeFile(name: string): Promise<void> {
    const { records, folder } = this.#options
    const record = records.get(name)
    if (record?.state !== 'due') return
    const { provider } = record
    records.set(name, { ...record, state: 'writing' })
    const outcome = await folder.write(name, fingerprint(provider.source), provider)
    records.set(name, afterWrite(records.get(name), outcome))
  }

  async #touch(): Promise<void> {
    const { records, folder, scheduler } = this.#options
    const now = scheduler.now()
    for (const [name, record] of records) {
      if (isFresh(record)) await folder.touch(name, now)
    }
  }
}
