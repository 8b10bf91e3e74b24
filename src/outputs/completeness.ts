import type { ProviderStatus } from '../discovery/provider/provider-status.js'
import { visibleLine } from '../go/visible.js'

/** Why a list is not given, and when to ask again. */
export interface Missing {
  /** In one line. */
  readonly reason: string
  /** For `Retry-After`; whole seconds, 1 to 60. */
  readonly retryAfterSeconds: number
}

/** What tells whether a list is complete. */
export interface CompletenessSources {
  readonly discovery: { readonly scrape: { providers(): readonly ProviderStatus[] } }
  /** Whether the pool of a job shows everything that scrape discovery has found for the job so far. */
  readonly isSettled: (job: string) => boolean
}

export interface CompletenessOptions {
  readonly sources: CompletenessSources
  /** Milliseconds since 1970. */
  readonly now: () => number
  /**
   * How long after a list was first asked for it is given without the targets of providers that have never
   * answered; milliseconds. Default `Infinity`: it is never given without them.
   */
  readonly incompleteAfterMs?: number | undefined
}

/**
 * How long a list waits for its targets to be relabelled once all providers have answered, in milliseconds. It
 * takes seconds, but a job whose targets never stop changing may always have some that are not relabelled yet.
 */
const maxRelabelMs = 120_000

/** No reason names more providers than this. */
const mostNamed = 10

/** The pool of a job; one that comes again after it was removed is another object. */
interface NamedPool {
  readonly name: string
}

/** What has been seen of a list. */
interface Seen {
  /** When it was first asked for. */
  readonly firstAskedAt: number
  /** Since when all of its providers have answered; undefined until they have. */
  answeredAt: number | undefined
  /** It was complete once. From then on it is never behind by more than the changes that are being applied. */
  isRelabeled: boolean
}

/**
 * Tells when a job's list is complete: every provider of the job has answered once, or has its groups of
 * an earlier run, and the pool shows them.
 *
 * Every list is looked at by itself: other jobs, and whatever goes on in them, are no part of it.
 *
 * A consumer of the list keeps the targets it has on an error, and drops those that are missing from
 * an answer. So a daemon that does not know the targets of a provider must not answer as if it had none: neither
 * after a start, nor when the provider is down for hours or cannot even be created.
 */
export class Completeness {
  readonly #sources: CompletenessOptions['sources']
  readonly #now: () => number
  readonly #incompleteAfterMs: number
  readonly #seen: WeakMap<NamedPool, Seen> = new WeakMap()

  constructor({ sources, now, incompleteAfterMs = Infinity }: CompletenessOptions) {
    this.#sources = sources
    this.#now = now
    this.#incompleteAfterMs = incompleteAfterMs
  }

  /** What a pool's list still lacks; undefined once it may be given. */
  missing(pool: NamedPool): Missing | undefined {
    const now = this.#now()
    const seen = this.#seen.get(pool) ?? {
      firstAskedAt: now,
      answeredAt: undefined,
      isRelabeled: false,
    }
    this.#seen.set(pool, seen)
    const silent = this.#silent(pool)
    if (silent.length > 0) {
      const isWaitedFor = now - seen.firstAskedAt < this.#incompleteAfterMs
      return isWaitedFor
        ? { reason: reasonOf(silent), retryAfterSeconds: secondsUntil(silent, now) }
        : undefined
    }
    seen.answeredAt ??= now
    seen.isRelabeled ||= this.#sources.isSettled(pool.name) || now - seen.answeredAt >= maxRelabelMs
    if (seen.isRelabeled) return undefined
    return { reason: 'the first targets are being relabeled', retryAfterSeconds: 1 }
  }

  /** The providers of the job that have never answered and have no groups of an earlier run. */
  #silent(pool: NamedPool): readonly ProviderStatus[] {
    return this.#sources.discovery.scrape
      .providers()
      .filter(({ sets, lastSuccess, staleSince }) => {
        return sets.includes(pool.name) && (lastSuccess ?? staleSince) === undefined
      })
  }
}

function reasonOf(silent: readonly ProviderStatus[]): string {
  const named = silent.slice(0, mostNamed).map(({ name, lastError }) => {
    return lastError === undefined ? name : `${name} (${visibleLine(lastError.message)})`
  })
  const more = silent.length - named.length
  const rest = more > 0 ? ` and ${String(more)} more` : ''
  return `no answer yet from ${named.join(', ')}${rest}`
}

/** The list is complete no sooner than all of them have been asked again. */
function secondsUntil(silent: readonly ProviderStatus[], now: number): number {
  const waits = silent.map(({ nextTry = now }) => Math.ceil((nextTry - now) / 1000))
  return Math.min(Math.max(1, ...waits), 60)
}
