/** What an event says of a container, as far as a list can show it. */
export interface Expectation {
  /** The id of the container. */
  readonly container: string
  /** The id of the network it concerns; undefined for the container itself. */
  readonly network: string | undefined
  /** Whether it should be listed; a network, as one of the container's. */
  readonly listed: boolean
}

interface Tried {
  readonly one: Expectation
  /** How many lists did not show it. */
  tries: number
}

/** Networks of a running container, by their ids; undefined where it is not listed. */
export type NetworksNow = (container: string) => ReadonlySet<string> | undefined

const firstWaitMs = 50
const mostTries = 6

/**
 * What events have said and lists do not show yet: an engine sends some events (`die`, `connect`,
 * `disconnect`) just before it changes what it lists.
 */
export class Expectations {
  readonly #open = new Map<string, Tried>()

  /** The containers that are not yet listed as they should be. */
  get containers(): readonly string[] {
    return Array.from(this.#open.values(), ({ one }) => one.container)
  }

  /** A later event of the same container, or of the same network of it, replaces an earlier one. */
  expect(one: Expectation): void {
    this.#open.set(keyOf(one), { one, tries: 0 })
  }

  /** Whether the container has died, and should not be listed for long. */
  isLeaving(container: string): boolean {
    return this.#open.get(keyOf({ container, network: undefined }))?.one.listed === false
  }

  /** Something else has happened to the container, such as a start: what was expected of itself is past. */
  forget(container: string): void {
    this.#open.delete(keyOf({ container, network: undefined }))
  }

  /**
   * Compares with what was listed.
   * @returns how long to wait before the next list, in milliseconds; undefined where none is needed, or
   * where it has been in vain for too long
   */
  compare(networksNow: NetworksNow): number | undefined {
    let fewest = Infinity
    for (const [key, tried] of this.#open) {
      // Each has tries of its own: in a storm of events none would ever be given up.
      if (tried.tries >= mostTries || isMet(tried.one, networksNow)) this.#open.delete(key)
      else {
        tried.tries += 1
        fewest = Math.min(fewest, tried.tries)
      }
    }
    return fewest === Infinity ? undefined : firstWaitMs * 2 ** (fewest - 1)
  }
}

function isMet({ container, network, listed }: Expectation, networksNow: NetworksNow): boolean {
  const networks = networksNow(container)
  if (network === undefined) return (networks !== undefined) === listed
  // One that does not run is not listed, and neither are its networks.
  return networks === undefined || networks.has(network) === listed
}

function keyOf({ container, network }: Omit<Expectation, 'listed'>): string {
  return `${container} ${network ?? ''}`
}
