import { ReloadStoppedError, ReloadUsageError } from './errors.js'
import type { Prepared, Reloadable } from './reloadable.js'
import type { PartChanges, PartTiming, ReloadReason } from './result.js'
import { type Limit, within } from './within.js'

/** A part that is ready to take the config. */
interface Ready {
  readonly part: string
  readonly prepared: Prepared
  readonly prepareMs: number
}

/** All parts after `prepare`: those that are ready, and what the others have against it. */
export interface Transaction {
  readonly ready: readonly Ready[]
  readonly reasons: readonly ReloadReason[]
}

/** Told what went wrong with a part after its reload was answered. */
export type OnLate = (reason: ReloadReason) => void

/** How long parts are waited for, and where errors that come later are reported. */
export interface Bounds {
  readonly limit: Limit
  /** Must not throw. */
  readonly onLate: OnLate
}

/** Asks every part to prepare, all at once; one that refuses does not keep the others from answering. */
export async function prepareAll<C>(
  parts: readonly Reloadable<C>[],
  config: C,
  bounds: Bounds,
): Promise<Transaction> {
  const answers = await Promise.all(parts.map((part) => prepareOne(part, config, bounds)))
  const ready = answers.filter((answer) => 'prepared' in answer)
  const reasons = answers.filter((answer) => 'error' in answer)
  if (reasons.length === 0 && bounds.limit.stop.aborted) {
    // Every part was ready, but the daemon is stopping: none may commit any more.
    return { ready, reasons: [{ part: 'load', phase: 'stop', error: new ReloadStoppedError() }] }
  }
  return { ready, reasons }
}

/**
 * Commits every part, in order and in one turn.
 * @returns at once; `reasons` are those of parts that threw or rejected, which they must not
 */
export function commitAll(
  transaction: Transaction,
  bounds: Bounds,
): {
  readonly parts: readonly PartTiming[]
  readonly reasons: Promise<readonly ReloadReason[]>
} {
  const steps = new Steps('commit', bounds)
  const parts = transaction.ready.map(({ part, prepared, prepareMs }) => {
    const startedAt = performance.now()
    steps.take(part, () => prepared.commit())
    return { part, prepareMs, commitMs: performance.now() - startedAt }
  })
  return { parts, reasons: steps.all() }
}

/**
 * Gives up everything that was prepared, in one turn.
 * @returns the reasons of the transaction, and those of parts that threw or rejected, which they must not
 */
export async function discardAll(
  transaction: Transaction,
  bounds: Bounds,
): Promise<readonly ReloadReason[]> {
  const steps = new Steps('discard', bounds)
  for (const { part, prepared } of transaction.ready) steps.take(part, () => prepared.discard())
  return [...transaction.reasons, ...(await steps.all())]
}

/** What the parts that are ready would change. */
export function changesOf(transaction: Transaction): readonly PartChanges[] {
  return transaction.ready.map(({ part, prepared }) => ({ part, changes: prepared.changes }))
}

async function prepareOne<C>(
  part: Reloadable<C>,
  config: C,
  bounds: Bounds,
): Promise<Ready | ReloadReason> {
  const startedAt = performance.now()
  const prepare = async (): Promise<Prepared> => checked(await part.prepare(config))
  try {
    const prepared = await within(prepare(), bounds.limit, (late) => {
      const steps = new Steps('discard', bounds)
      steps.take(part.name, () => late.discard())
      // Its reasons are values: it does not reject.
      void steps.all().then((reasons) => reasons.forEach(bounds.onLate))
    })
    return { part: part.name, prepared, prepareMs: performance.now() - startedAt }
  } catch (error) {
    const phase = error instanceof ReloadStoppedError ? 'stop' : 'prepare'
    return { part: part.name, phase, error }
  }
}

/** A part that gives nothing to commit would be found out when others have committed already. */
function checked(prepared: Partial<Prepared> | undefined | null): Prepared {
  if (typeof prepared?.commit === 'function' && typeof prepared.discard === 'function') {
    return prepared as Prepared
  }
  throw new ReloadUsageError('its prepare gave no object with commit and discard')
}

/** Calls parts one after the other, and notes what they throw. */
class Steps {
  readonly reasons: ReloadReason[] = []
  /** Those that gave a promise, which they must not: what it rejects with. */
  readonly unfinished: Promise<readonly ReloadReason[]>[] = []
  readonly #phase: 'commit' | 'discard'
  readonly #limit: Limit
  readonly #onLate: OnLate

  constructor(phase: 'commit' | 'discard', { limit, onLate }: Bounds) {
    this.#phase = phase
    this.#limit = limit
    this.#onLate = onLate
  }

  take(part: string, step: () => unknown): void {
    const reason = (error: unknown): ReloadReason => ({ part, phase: this.#phase, error })
    try {
      const given = step()
      if (typeof given !== 'object' || given === null || !('then' in given)) return
      const outcome = Promise.resolve(given).then(
        () => [],
        (error: unknown) => [reason(error)],
      )
      const bounded = within(outcome, this.#limit, (late) => late.forEach(this.#onLate))
      this.unfinished.push(
        bounded.catch((error: unknown) =>
          error instanceof ReloadStoppedError ? [] : [reason(error)],
        ),
      )
    } catch (error) {
      this.reasons.push(reason(error))
    }
  }

  /** Everything that parts had against it; waits for those that gave a promise. */
  async all(): Promise<readonly ReloadReason[]> {
    if (this.unfinished.length === 0) return this.reasons
    return [...this.reasons, ...(await Promise.all(this.unfinished)).flat()]
  }
}
