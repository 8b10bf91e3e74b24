import { ReloadStoppedError } from './errors.js'
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

/** Asks every part to prepare, all at once; one that refuses does not keep the others from answering. */
export async function prepareAll<C>(
  parts: readonly Reloadable<C>[],
  config: C,
  limit: Limit,
): Promise<Transaction> {
  const answers = await Promise.all(parts.map((part) => prepareOne(part, config, limit)))
  const ready = answers.filter((answer) => 'prepared' in answer)
  const reasons = answers.filter((answer) => 'error' in answer)
  if (reasons.length === 0 && limit.stop.aborted) {
    // Every part was ready, but the daemon is stopping: none may commit any more.
    return { ready, reasons: [{ part: 'load', phase: 'stop', error: new ReloadStoppedError() }] }
  }
  return { ready, reasons }
}

/** Commits every part, in order and in one turn. A part that throws, which it must not, is a reason. */
export function commitAll(transaction: Transaction): {
  readonly parts: readonly PartTiming[]
  readonly reasons: readonly ReloadReason[]
} {
  const reasons: ReloadReason[] = []
  const parts = transaction.ready.map(({ part, prepared, prepareMs }) => {
    const startedAt = performance.now()
    attempt(reasons, part, 'commit', () => prepared.commit())
    return { part, prepareMs, commitMs: performance.now() - startedAt }
  })
  return { parts, reasons }
}

/**
 * Gives up everything that was prepared.
 * @returns the reasons of the transaction, and those of parts that threw, which they must not
 */
export function discardAll(transaction: Transaction): readonly ReloadReason[] {
  const reasons = [...transaction.reasons]
  for (const { part, prepared } of transaction.ready) {
    attempt(reasons, part, 'discard', () => prepared.discard())
  }
  return reasons
}

/** What the parts that are ready would change. */
export function changesOf(transaction: Transaction): readonly PartChanges[] {
  return transaction.ready.map(({ part, prepared }) => ({ part, changes: prepared.changes }))
}

async function prepareOne<C>(
  part: Reloadable<C>,
  config: C,
  limit: Limit,
): Promise<Ready | ReloadReason> {
  const startedAt = performance.now()
  const prepare = async (): Promise<Prepared> => part.prepare(config)
  try {
    const prepared = await within(prepare(), limit, (late) => late.discard())
    return { part: part.name, prepared, prepareMs: performance.now() - startedAt }
  } catch (error) {
    const phase = error instanceof ReloadStoppedError ? 'stop' : 'prepare'
    return { part: part.name, phase, error }
  }
}

function attempt(
  reasons: ReloadReason[],
  part: string,
  phase: 'commit' | 'discard',
  step: () => void,
): void {
  try {
    step()
  } catch (error) {
    reasons.push({ part, phase, error })
  }
}
