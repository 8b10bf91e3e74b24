import type { Labels, PollAnswer, TargetGroup } from '../../discovery/index.js'
import { concernsAll, failureText } from './failed-parts.js'

/** Some parts of an answer could not be had, such as clusters or compartments; the others were found. */
export class PartError extends Error {
  override readonly name = 'PartError'
  readonly code = 'ERR_MECHANISM_PART'
}

/** What came of asking for one part, such as the targets of a cluster. */
export type Part<T = readonly Labels[]> =
  | { readonly kind: 'found'; readonly found: T }
  | { readonly kind: 'failed'; readonly error: unknown }

/** Asks for one part. @throws what ends the whole poll: keys that are refused, throttling, a network that is down */
export async function partOf<T>(work: () => Promise<T>): Promise<Part<T>> {
  try {
    return { kind: 'found', found: await work() }
  } catch (error) {
    if (concernsAll(error)) throw error
    return { kind: 'failed', error }
  }
}

/**
 * Makes the answers of an API of parts, a group for each: one that fails keeps the targets that it had, also those
 * of an earlier run, and is named.
 */
export class Parts {
  readonly #what: string
  #known: ReadonlySet<string> = new Set()

  /** @param what what the parts are, for errors: `tasks of cluster` */
  constructor(what: string) {
    this.#what = what
  }

  /**
   * The answer of one poll.
   * @param source what the names of the groups begin with: a region
   * @param parts by their names
   * @param mayHaveMore the parts are not all known: those that are missing keep their targets, too
   * @throws the error of the first part where all have failed
   */
  answer(source: string, parts: ReadonlyMap<string, Part>, mayHaveMore = false): PollAnswer {
    const groups: TargetGroup[] = []
    const failed = new Map<string, unknown>()
    for (const [name, part] of parts) {
      if (part.kind === 'failed') failed.set(name, part.error)
      else groups.push({ source: `${source}/${name}`, labels: {}, targets: part.found })
    }
    const [cause] = failed.values()
    if (failed.size > 0 && groups.length === 0) throw cause
    const gone = mayHaveMore ? [] : [...this.#known].filter((name) => !parts.has(name))
    this.#known = new Set([...(mayHaveMore ? this.#known : []), ...parts.keys()])
    if (failed.size === 0) return groups
    const message = `unable to find the ${this.#what} ${failureText(failed)}`
    const without = gone.map((name) => ({
      source: `${source}/${name}`,
      labels: {},
      targets: [],
    }))
    return {
      groups: [...groups, ...without],
      trouble: { error: new PartError(message, { cause }) },
    }
  }
}
