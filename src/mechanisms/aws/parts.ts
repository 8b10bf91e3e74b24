import type { Labels, PollAnswer, TargetGroup } from '../../discovery/index.js'
import { concernsAll, failureText } from '../kit/failed-parts.js'

/** One or more clusters could not be asked for. */
export class AwsPartError extends Error {
  override readonly name = 'AwsPartError'
  readonly code = 'ERR_AWS_PART'
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
 * Makes the answers of a region of parts, a group for each: one that fails keeps the targets that it had, also those
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
   * @param parts by their names
   * @throws the error of the first part where all have failed
   */
  answer(region: string, parts: ReadonlyMap<string, Part>): PollAnswer {
    const groups: TargetGroup[] = []
    const failed = new Map<string, unknown>()
    for (const [name, part] of parts) {
      if (part.kind === 'failed') failed.set(name, part.error)
      else groups.push({ source: sourceOf(region, name), labels: {}, targets: part.found })
    }
    const [cause] = failed.values()
    if (failed.size > 0 && groups.length === 0) throw cause
    const gone = [...this.#known].filter((name) => !parts.has(name))
    this.#known = new Set(parts.keys())
    if (failed.size === 0) return groups
    const message = `unable to find the ${this.#what} ${failureText(failed)}`
    const without = gone.map((name) => ({
      source: sourceOf(region, name),
      labels: {},
      targets: [],
    }))
    return {
      groups: [...groups, ...without],
      trouble: { error: new AwsPartError(message, { cause }) },
    }
  }
}

function sourceOf(region: string, name: string): string {
  return `${region}/${name}`
}
