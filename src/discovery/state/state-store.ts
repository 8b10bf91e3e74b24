import { mkdir, readdir, readFile, rm, stat, utimes } from 'node:fs/promises'
import path from 'node:path'
import { asyncScheduler, interval, type SchedulerLike, type Subscription, timer } from 'rxjs'
import { type Actor, timerMs } from '../../run/index.js'
import type { Logger } from '../../telemetry/index.js'
import { writeAtomically } from './atomic-write.js'
import { errorMessage } from '../../telemetry/error-text.js'
import { fingerprint } from '../provider/fingerprint.js'
import type { DiscoveryConfig } from '../mechanism.js'
import { readState, StateFileError, stateLines } from './state-file.js'
import type { KeptProvider, RestoredGroups, StateKeeper } from './state-keeper.js'

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

const suffix = '.state'
const day = 86_400_000
const largest = 512 * 1024 * 1024
// Writing takes at most one part in so many of the time, however much there is to write.
const rest = 20

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
  readonly #folder: string
  readonly #logger: Logger
  readonly #scheduler: SchedulerLike
  readonly #maxAgeMs: number
  readonly #delayMs: number
  readonly #loaded = new Map<string, RestoredGroups>()
  readonly #kept = new Map<string, KeptProvider>()
  readonly #ambiguous = new Set<string>()
  readonly #due = new Set<string>()
  readonly #obsolete = new Set<string>()
  readonly #written = new Set<string>()
  readonly #names = new WeakMap<DiscoveryConfig, string>()
  readonly #told = new Map<string, string>()
  readonly #stopped: Promise<void>
  #stop: () => void = () => {}
  #timer: Subscription | undefined
  #writing: Promise<void> = Promise.resolve()
  #tookMs = 0
  #isStopped = false

  constructor(options: StateStoreOptions) {
    const { folder, logger, scheduler = asyncScheduler, maxAgeMs = day, delayMs = 10_000 } = options
    this.#folder = folder
    this.#logger = logger.child({ component: 'discovery state' })
    this.#scheduler = scheduler
    this.#delayMs = delayMs
    this.#maxAgeMs = maxAgeMs
    this.#stopped = new Promise((resolve) => {
      this.#stop = resolve
    })
  }

  /** Reads what an earlier run left behind. Never fails. */
  async load(): Promise<void> {
    try {
      await this.#makeFolder()
      const names = await readdir(this.#folder)
      for (const name of names) if (name.endsWith(suffix)) await this.#loadFile(name)
    } catch (error) {
      this.#warn('Discovery state cannot be read', this.#folder, error)
    }
  }

  /** The part of the store that is one manager's. */
  keeper(manager: string): StateKeeper {
    const key = (source: DiscoveryConfig): string => `${manager}-${this.#nameOf(source)}${suffix}`
    return {
      maxAgeMs: this.#maxAgeMs,
      restored: (source) => {
        const found = this.#loaded.get(key(source))
        this.#loaded.delete(key(source))
        return found
      },
      keep: (provider, isChanged) => {
        // What is written in the config need not be remembered.
        if (provider.source.mechanism.wholeList !== true) {
          this.#keep(key(provider.source), provider, isChanged)
        }
      },
      forget: (source) => this.#forget(key(source), source),
    }
  }

  async execute(): Promise<void> {
    // Files that are still right must not grow too old.
    const touching = interval(timerMs(this.#maxAgeMs / 8), this.#scheduler).subscribe(() => {
      this.#chain(() => this.#touch())
    })
    await this.#stopped
    touching.unsubscribe()
    this.#timer?.unsubscribe()
    this.#chain(() => this.#write())
    this.#chain(() => this.#touch())
    await this.#writing
  }

  interrupt(): void {
    this.#isStopped = true
    this.#stop()
  }

  async #loadFile(name: string): Promise<void> {
    const file = path.join(this.#folder, name)
    try {
      const { size, mtimeMs } = await stat(file)
      if (size > largest) throw new StateFileError('it is too large')
      const { fingerprint: named, groups } = readState(await readFile(file, 'utf8'))
      if (!name.endsWith(`-${named}${suffix}`)) throw new StateFileError('it has the wrong name')
      const now = this.#scheduler.now()
      if (mtimeMs + this.#maxAgeMs <= now) await rm(file)
      else this.#loaded.set(name, { groups, asOf: Math.min(mtimeMs, now) })
    } catch (error) {
      this.#warn('Discovery state ignored', file, error)
    }
  }

  async #makeFolder(): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 })
  }

  #nameOf(source: DiscoveryConfig): string {
    const known = this.#names.get(source)
    if (known !== undefined) return known
    const name = fingerprint(source)
    this.#names.set(source, name)
    return name
  }

  #keep(name: string, provider: KeptProvider, isChanged: boolean): void {
    if (this.#ambiguous.has(name)) return
    const other = this.#kept.get(name)
    if (other !== undefined && other.source !== provider.source) {
      this.#ambiguous.add(name)
      this.#forget(name, other.source)
      return
    }
    this.#kept.set(name, provider)
    this.#obsolete.delete(name)
    if (isChanged || other === undefined) {
      this.#due.add(name)
      this.#plan()
    }
  }

  #forget(name: string, source: DiscoveryConfig): void {
    if (this.#kept.get(name)?.source !== source) return
    this.#kept.delete(name)
    this.#due.delete(name)
    this.#obsolete.add(name)
    this.#plan()
  }

  #plan(): void {
    if (this.#timer !== undefined || this.#isStopped) return
    const wait = Math.max(this.#delayMs, this.#tookMs * rest)
    this.#timer = timer(wait, this.#scheduler).subscribe(() => {
      this.#chain(async () => {
        await this.#write()
        this.#timer = undefined
        if (this.#due.size > 0 || this.#obsolete.size > 0) this.#plan()
      })
    })
  }

  /** One after the other; what goes wrong is told where it goes wrong. */
  #chain(work: () => Promise<void>): void {
    this.#writing = this.#writing.then(work)
  }

  async #write(): Promise<void> {
    const begun = performance.now()
    const due = [...this.#due]
    const obsolete = [...this.#obsolete]
    this.#due.clear()
    this.#obsolete.clear()
    for (const name of obsolete) await this.#remove(name)
    for (const name of due) await this.#writeFile(name)
    this.#tookMs = performance.now() - begun
  }

  async #writeFile(name: string): Promise<void> {
    const provider = this.#kept.get(name)
    if (provider === undefined) return
    const file = path.join(this.#folder, name)
    const { mechanism } = provider.source
    const header = { fingerprint: this.#nameOf(provider.source), mechanism: mechanism.name }
    try {
      await this.#makeFolder()
      // The groups may change while they are written; each of them never does.
      await writeAtomically(file, stateLines(header, [...provider.groups.values()]))
      this.#written.add(name)
      if (this.#told.delete(file)) this.#logger.info('Discovery state is written again', { file })
    } catch (error) {
      this.#warn('Discovery state cannot be written', file, error)
      if (error instanceof StateFileError) await this.#remove(name)
      // A full disk will have room again, and what changed last may not change again.
      else this.#due.add(name)
    }
  }

  async #remove(name: string): Promise<void> {
    const file = path.join(this.#folder, name)
    this.#written.delete(name)
    try {
      await rm(file, { force: true })
    } catch (error) {
      this.#warn('Discovery state cannot be removed', file, error)
    }
  }

  async #touch(): Promise<void> {
    const now = new Date(this.#scheduler.now())
    for (const name of this.#written) {
      // Asked of a provider that was stopped a moment ago as well.
      if (this.#kept.get(name)?.status.consecutiveFailures !== 0) continue
      const file = path.join(this.#folder, name)
      try {
        await utimes(file, now, now)
      } catch (error) {
        this.#warn('Discovery state cannot be kept fresh', file, error)
      }
    }
  }

  /** Once for each reason. */
  #warn(message: string, file: string, error: unknown): void {
    const reason = errorMessage(error)
    if (this.#told.get(file) === reason) return
    this.#told.set(file, reason)
    this.#logger.warn(message, { file, err: error })
  }
}
