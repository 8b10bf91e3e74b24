import { checkMs } from './option.js'

/** How long to wait after failures; both in milliseconds. */
export interface BackOff {
  /** The wait after the first failure, at most. */
  readonly firstMs: number
  /** No wait is longer than this, unless the other side asked for it. */
  readonly maxMs: number
}

/** The wait between two tries of a provider. */
export const providerBackOff: BackOff = { firstMs: 1000, maxMs: 60_000 }

// A server that asks for more than this is taken at its word no further: it may be wrong, and a
// provider that sleeps for a day is as good as dead.
const longestAskedMs = 3_600_000

/**
 * Exponential back-off with jitter: between half of and the whole of `firstMs * 2^(failures - 1)`.
 * What the error itself asks for (`retryAfterMs`, up to an hour) is the least it gives.
 * @param failures how often it failed in a row, from 1
 * @param random a number in [0, 1)
 * @returns milliseconds
 * @throws {OptionError} for a back-off that is negative or NaN
 */
export function backOffDelay(
  failures: number,
  error: unknown,
  random: () => number,
  { firstMs, maxMs }: BackOff = providerBackOff,
): number {
  checkMs('firstMs', firstMs)
  checkMs('maxMs', maxMs)
  const ceiling = Math.min(maxMs, firstMs * 2 ** Math.min(failures - 1, 40))
  const own = ceiling * (0.5 + random() / 2)
  return Math.max(own, askedFor(error))
}

/**
 * What the failed server asked for (`retryAfterMs`, from Retry-After), in milliseconds, an hour at
 * most; 0 when it asked for nothing.
 */
export function askedFor(error: unknown): number {
  if (typeof error !== 'object' || error === null) return 0
  const { retryAfterMs } = error as { readonly retryAfterMs?: unknown }
  const isTime = typeof retryAfterMs === 'number' && retryAfterMs > 0
  return isTime ? Math.min(retryAfterMs, longestAskedMs) : 0
}

/** Whether an error says that trying again cannot help (`permanent: true`). */
export function isPermanent(error: unknown): boolean {
  return (
    typeof error === 'object' &&
    error !== null &&
    (error as { readonly permanent?: unknown }).permanent === true
  )
}
