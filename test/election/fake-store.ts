import { type SchedulerLike, type Subscription } from 'rxjs'
import type { ElectionStore, KeyRead, KeyState } from '../../src/election/election-store.js'
import { abortReason } from '../../src/waiting/abort-reason.js'

interface Key {
  value: Buffer
  session: string
  index: number
  /** No session gets it before then. */
  freeAt: number
}

/** Consul's sessions and keys in memory, on a clock that the test moves. */
export class FakeConsul {
  readonly keys = new Map<string, Key>()
  readonly sessions = new Map<string, Subscription>()
  readonly ttlMs = 15_000
  readonly lockDelayMs = 5000
  readonly #clock: SchedulerLike
  readonly #waiting = new Set<() => void>()
  #index = 1
  #made = 0

  constructor(clock: SchedulerLike) {
    this.#clock = clock
  }

  /** A replica's way to it, which can be cut. */
  client(): FakeStore {
    return new FakeStore(this)
  }

  create(): string {
    this.#made += 1
    const id = `session-${String(this.#made)}`
    this.renew(id, true)
    return id
  }

  renew(id: string, isNew = false): boolean {
    if (!isNew && !this.sessions.has(id)) return false
    this.sessions.get(id)?.unsubscribe()
    this.sessions.set(
      id,
      this.#clock.schedule(() => this.end(id), this.ttlMs),
    )
    return true
  }

  end(id: string): void {
    this.sessions.get(id)?.unsubscribe()
    this.sessions.delete(id)
    for (const key of this.keys.values()) {
      if (key.session !== id) continue
      key.session = ''
      key.freeAt = this.#clock.now() + this.lockDelayMs
      key.index = this.#next()
    }
    this.#wake()
  }

  /** Everything is gone, as after a new installation. */
  lose(): void {
    for (const timer of this.sessions.values()) timer.unsubscribe()
    this.sessions.clear()
    this.keys.clear()
    this.#index = 1
    this.#wake()
  }

  acquire(name: string, value: Buffer, session: string): boolean {
    const key = this.keys.get(name) ?? { value, session: '', index: 0, freeAt: 0 }
    if (!this.sessions.has(session)) return false
    if (key.session !== session && (key.session !== '' || key.freeAt > this.#clock.now())) {
      return false
    }
    this.keys.set(name, { ...key, value, session, index: this.#next() })
    this.#wake()
    return true
  }

  state(name: string): KeyState {
    const key = this.keys.get(name)
    return { index: key?.index ?? this.#index, value: key?.value, session: key?.session ?? '' }
  }

  /** Settles when something has changed. */
  change(signal: AbortSignal, waitMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.#waiting.delete(wake)
        timer.unsubscribe()
        signal.removeEventListener('abort', stop)
      }
      const wake = (): void => {
        end()
        resolve()
      }
      const stop = (): void => {
        end()
        reject(abortReason(signal))
      }
      const timer = this.#clock.schedule(wake, waitMs)
      this.#waiting.add(wake)
      signal.addEventListener('abort', stop, { once: true })
    })
  }

  #next(): number {
    this.#index += 1
    return this.#index
  }

  #wake(): void {
    for (const wake of this.#waiting) wake()
  }
}

/** One replica's view of it. */
export class FakeStore implements ElectionStore {
  readonly #consul: FakeConsul
  #cut: AbortController | undefined
  /** How many decisions were written. */
  writes = 0

  constructor(consul: FakeConsul) {
    this.#consul = consul
  }

  /** From now on nothing gets through, and what is under way hangs until its caller gives up. */
  cut(): void {
    this.#cut ??= new AbortController()
  }

  mend(): void {
    this.#cut?.abort(new Error('connection reset'))
    this.#cut = undefined
  }

  async read(key: string, { index, waitMs }: KeyRead, signal: AbortSignal): Promise<KeyState> {
    await this.#pass(signal)
    const end = index === 0 ? 0 : waitMs
    let state = this.#consul.state(key)
    if (end > 0 && state.index === index) {
      await this.#consul.change(signal, end)
      await this.#pass(signal)
      state = this.#consul.state(key)
    }
    return state
  }

  async createSession(signal: AbortSignal): Promise<string> {
    await this.#pass(signal)
    return this.#consul.create()
  }

  async renewSession(session: string, signal: AbortSignal): Promise<boolean> {
    await this.#pass(signal)
    return this.#consul.renew(session)
  }

  async endSession(session: string, signal: AbortSignal): Promise<void> {
    await this.#pass(signal)
    this.#consul.end(session)
  }

  async acquire(
    key: string,
    value: Buffer,
    session: string,
    signal: AbortSignal,
  ): Promise<boolean> {
    await this.#pass(signal)
    const isDone = this.#consul.acquire(key, value, session)
    if (isDone && key.endsWith('/decision')) this.writes += 1
    return isDone
  }

  /** A request that gets through at once, or hangs. */
  async #pass(signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw abortReason(signal)
    const cut = this.#cut?.signal
    if (cut === undefined) return
    const both = AbortSignal.any([signal, cut])
    await new Promise((_, reject) => {
      both.addEventListener('abort', () => reject(abortReason(both)), { once: true })
    })
  }
}
