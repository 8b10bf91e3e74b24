import { defaultRefreshMs } from './membership.js'

/** A target that has its old members beside the new ones. Times are milliseconds of one clock. */
interface Overlap {
  /** Those that have it no longer in the end. */
  leaving: readonly string[]
  /** Those that are to have it. */
  owners: readonly string[]
  /** When it last moved. */
  startedAt: number
  /** When it is over at the latest. */
  until: number
  readonly scrapeMs: number
  /** When all owners had asked for a list with it. */
  fetchedAt: number | undefined
}

/** What is known of how a member asks. */
export interface Asking {
  /** When it last asked for the job's list. */
  readonly fetchedAt: number | undefined
  readonly refreshMs: number | undefined
}

/** A scrape interval longer than this does not make the overlap longer, in milliseconds. */
const longestScrapeMs = 3_600_000
/** Prometheus takes new targets up to 5 s after it has read them; where it asks often, that is seen as well. */
const longestDelayMs = 5000

/**
 * The overlaps of one job: make before break. A target stays with its old members until its new ones have asked for a list
 * with it and one scrape interval has passed, or until they have had the time for both: then each has
 * scraped it once, whatever their phases. Where another muster answers the new member only the time tells.
 */
export class Overlaps {
  readonly #byKey: Map<number, Overlap> = new Map()

  get size(): number {
    return this.#byKey.size
  }

  /** Who is to keep a target of this key for a while. */
  leaving(key: number): readonly string[] {
    return this.#byKey.get(key)?.leaving ?? []
  }

  /**
   * A target moves.
   * @param from who has it, as owners or in an overlap
   * @param to who is to have it
   * @param overlap milliseconds, or `auto`
   * @param asking how a member asks
   * @returns who keeps it meanwhile
   */
  move(
    key: number,
    from: readonly string[],
    to: readonly string[],
    timing: { readonly overlap: number | 'auto'; readonly scrapeMs: number; readonly now: number },
    asking: (member: string) => Asking,
  ): readonly string[] {
    const leaving = from.filter((id) => !to.includes(id))
    const { overlap, now } = timing
    // Without a new owner nothing would end it: what has no owner goes at once.
    if (leaving.length === 0 || to.length === 0 || overlap === 0) return []
    const scrapeMs = Math.min(timing.scrapeMs, longestScrapeMs)
    const refreshMs = Math.max(...to.map((id) => asking(id).refreshMs ?? defaultRefreshMs))
    const length = overlap === 'auto' ? refreshMs + scrapeMs + delayOf(refreshMs) : overlap
    const until = Math.max(now + length, this.#byKey.get(key)?.until ?? 0)
    this.#byKey.set(key, {
      leaving,
      owners: to,
      startedAt: now,
      until,
      scrapeMs,
      fetchedAt: undefined,
    })
    return leaving
  }

  /** The keys whose overlap is over; they are forgotten. */
  ended(
    overlap: number | 'auto',
    now: number,
    asking: (member: string) => Asking,
  ): ReadonlySet<number> {
    const ended = new Set<number>()
    for (const [key, one] of this.#byKey) {
      if (overlap === 'auto') one.fetchedAt ??= fetchedAt(one, asking)
      const refreshMs = Math.max(
        ...one.owners.map((id) => asking(id).refreshMs ?? defaultRefreshMs),
      )
      const scraped = (one.fetchedAt ?? Infinity) + one.scrapeMs + delayOf(refreshMs)
      if (now < one.until && now < scraped) continue
      this.#byKey.delete(key)
      ended.add(key)
    }
    return ended
  }
}

/** When the last of the new owners asked; undefined until all have. */
function fetchedAt(
  { owners, startedAt }: Overlap,
  asking: (member: string) => Asking,
): number | undefined {
  let last = 0
  for (const id of owners) {
    const at = asking(id).fetchedAt
    if (at === undefined || at < startedAt) return undefined
    last = Math.max(last, at)
  }
  return last
}

function delayOf(refreshMs: number): number {
  return Math.min(longestDelayMs, refreshMs / 6)
}
