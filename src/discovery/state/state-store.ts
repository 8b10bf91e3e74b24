import {
  asyncScheduler,
  defer,
  firstValueFrom,
  from,
  fromEvent,
  map,
  type Observable,
  of,
  race,
  type SchedulerLike,
  switchMap,
  timer,
} from 'rxjs'
import { abortable, type Actor } from '../../run/index.js'
import type { Logger } from '../../telemetry/index.js'
import { checkMs } from '../../waiting/option.js'
import type { DiscoveryConfig } from '../mechanism.js'
import { fingerprint } from '../provider/fingerprint.js'
import { afterAnswer, afterForget } from './file-record.js'
import { FileRecords } from './file-records.js'
import { StateFolder, stateFileName } from './state-folder.js'
import type { RestoredGroups, StateKeeper } from './state-keeper.js'
import { StateWriter } from './state-writer.js'

/** Where a {@link StateStore} keeps groups, and what it tells about itself. */
export interface StateStoreOptions {
  /** The folder of the state files; it is made if it is not there. */
  readonly folder: string
  readonly logger: Logger
  readonly scheduler?: SchedulerLike
  /** How old groups may be and still be used; milliseconds. A day if left out. */
  readonly maxAgeMs?: number
  /** A change is written after this, together with those that follow; milliseconds. */
  readonly delayMs?: number
}

const day = 86_400_000

// A disk that hangs must not hold up the end.
const lastWriteMs = 10_000

/**
 * Keeps the last good groups of every provider in a folder, one file each, so that the next start has
 * targets before the first answers come. Whatever is wrong with the folder or a file costs a warning
 * and nothing else. Secrets never get there: a file is named by a hash of the config that does not see
 * them, and a provider whose labels hold a password is left out. Two configs that differ in their
 * secrets alone cannot be told apart, so neither is kept.
 *
 * Call {@link load} before the first config. As an actor it writes what is left at the end.
 */
export class StateStore implements Actor {
  readonly name: string = 'discovery state'
  readonly #folder: StateFolder
  readonly #scheduler: SchedulerLike
  readonly #maxAgeMs: number
  readonly #records: FileRecords = new FileRecords()
  readonly #fingerprints = new WeakMap<DiscoveryConfig, string>()
  readonly #actor: Actor

  /** @throws {OptionError} when a time is negative or NaN */
  constructor(options: StateStoreOptions) {
    const { folder, logger, scheduler = asyncScheduler, maxAgeMs = day, delayMs = 10_000 } = options
    checkMs('maxAgeMs', maxAgeMs)
    checkMs('delayMs', delayMs)
    this.#folder = new StateFolder(folder, logger.child({ component: 'discovery state' }))
    this.#scheduler = scheduler
    this.#maxAgeMs = maxAgeMs
    const parts = { records: this.#records, folder: this.#folder }
    const writer = new StateWriter({ ...parts, scheduler, delayMs, maxAgeMs })
    this.#actor = abortable(this.name, async (signal) => {
      const written = from(writer.run(signal)).pipe(map(() => true))
      const stopped = defer(
        (): Observable<unknown> => (signal.aborted ? of(undefined) : fromEvent(signal, 'abort')),
      )
      const late = stopped.pipe(
        switchMap(() => timer(lastWriteMs, scheduler)),
        map(() => false),
      )
      if (await firstValueFrom(race(written, late))) await this.#folder.giveBack()
      else logger.warn('Discovery state is not written in time, ending without it', { folder })
    })
  }

  /** Reads what an earlier run left behind. Never fails. */
  async load(): Promise<void> {
    const found = await this.#folder.load(this.#scheduler.now(), this.#maxAgeMs)
    for (const [name, restored] of found) this.#records.set(name, { state: 'loaded', restored })
  }

  /** The part of the store that is one manager's. */
  keeper(manager: string): StateKeeper {
    const nameOf = (source: DiscoveryConfig): string =>
      stateFileName(manager, this.#fingerprintOf(source))
    return {
      maxAgeMs: this.#maxAgeMs,
      restored: (source) => this.#take(nameOf(source)),
      keep: (provider, isChanged) => {
        // What is written in the config, and what follows from another set, need not be remembered.
        const { mechanism } = provider.source
        if (mechanism.wholeList === true || mechanism.follows !== undefined) return
        const name = nameOf(provider.source)
        this.#records.set(name, afterAnswer(this.#records.get(name), provider, isChanged))
      },
      forget: (source) => {
        const name = nameOf(source)
        this.#records.set(name, afterForget(this.#records.get(name), source))
      },
    }
  }

  execute(): Promise<void> {
    return this.#actor.execute()
  }

  interrupt(reason?: unknown): void {
    void this.#actor.interrupt(reason)
  }

  /** The groups for a new provider; they are given once. */
  #take(name: string): RestoredGroups | undefined {
    const record = this.#records.get(name)
    if (record?.state !== 'loaded') return undefined
    this.#records.set(name, undefined)
    return record.restored
  }

  /** Remembered, since it is asked for with every answer. */
  #fingerprintOf(source: DiscoveryConfig): string {
    const known = this.#fingerprints.get(source)
    if (known !== undefined) return known
    const made = fingerprint(source)
    this.#fingerprints.set(source, made)
    return made
  }
}
