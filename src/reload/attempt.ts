import { ReloadStoppedError } from './errors.js'
import type { Reloadable } from './reloadable.js'
import type { CheckResult, ReloadResult } from './result.js'
import {
  type Bounds,
  changesOf,
  commitAll,
  discardAll,
  type OnLate,
  prepareAll,
  type Transaction,
} from './transaction.js'
import { within } from './within.js'

/** What an attempt takes from the reloader's options. */
interface AttemptOptions<C> {
  readonly load: (signal: AbortSignal) => Promise<C>
  readonly parts: readonly Reloadable<C>[]
  readonly fingerprint?: () => Promise<string>
  readonly timeoutMs?: number
  /** Must not throw. */
  readonly now: () => number
  readonly onLate: OnLate
}

/** A config that was loaded and prepared, or why it was not. */
interface Opened<C> {
  readonly loaded: { readonly config: C } | undefined
  readonly transaction: Transaction
}

/** One try to take a new config: from reading it to commit or discard. */
export class Attempt<C> {
  readonly #options: AttemptOptions<C>
  readonly #bounds: Bounds

  /** @param stop gives the attempt up, as long as nothing is committed */
  constructor(options: AttemptOptions<C>, stop: AbortSignal) {
    this.#options = options
    this.#bounds = { limit: { timeoutMs: options.timeoutMs, stop }, onLate: options.onLate }
  }

  /** @param committed is given the config in the turn in which the parts took it */
  async run(causes: readonly string[], committed: (config: C) => void): Promise<ReloadResult> {
    const startedAt = this.#options.now()
    const began = performance.now()
    const fingerprint = await this.#fingerprint()
    const { loaded, transaction } = await this.#open()
    const answer = { causes, startedAt, fingerprint }
    if (loaded === undefined || transaction.reasons.length > 0) {
      const reasons = await discardAll(transaction, this.#bounds)
      return { ...answer, ok: false, reasons, durationMs: performance.now() - began }
    }
    const changes = changesOf(transaction)
    const { parts, reasons: refusals } = commitAll(transaction, this.#bounds)
    committed(loaded.config)
    const reasons = await refusals
    const durationMs = performance.now() - began
    return reasons.length > 0
      ? { ...answer, ok: false, reasons, durationMs }
      : { ...answer, ok: true, reasons: [], parts, changes, durationMs }
  }

  /** Goes on until every part is ready, and discards it all. */
  async check(): Promise<CheckResult> {
    const { transaction } = await this.#open()
    const changes = changesOf(transaction)
    const reasons = await discardAll(transaction, this.#bounds)
    return { ok: reasons.length === 0, reasons, changes }
  }

  async #open(): Promise<Opened<C>> {
    let config: C
    try {
      config = await this.#load()
    } catch (error) {
      const phase = error instanceof ReloadStoppedError ? 'stop' : 'load'
      return {
        loaded: undefined,
        transaction: { ready: [], reasons: [{ part: 'load', phase, error }] },
      }
    }
    const transaction = await prepareAll(this.#options.parts, config, this.#bounds)
    return { loaded: { config }, transaction }
  }

  async #load(): Promise<C> {
    const controller = new AbortController()
    const load = async (): Promise<C> => this.#options.load(controller.signal)
    try {
      return await within(load(), this.#bounds.limit, ignore)
    } catch (error) {
      controller.abort(error)
      throw error
    }
  }

  /** Unknown where it fails: whatever is wrong with the content, the load says it better. */
  async #fingerprint(): Promise<string | undefined> {
    const { fingerprint } = this.#options
    if (fingerprint === undefined) return undefined
    const work = async (): Promise<string> => fingerprint()
    const content: unknown = await within(work(), this.#bounds.limit, ignore).catch(ignore)
    return typeof content === 'string' ? content : undefined
  }
}

function ignore(): undefined {
  return undefined
}
