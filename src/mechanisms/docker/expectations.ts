/** What an event says of a container, as far as a list can show it. */
export interface Expectation {
  /** The id of the container. */
  readonly container: string
  /** The id of the network it concerns; undefined for the container itself. */
  readonly network: string | undefined
  /** Whether it should be listed; a network, as one of the container's. */
  readonly listed: boolean
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
  readonly #open = new Map<string, Expectation>()
  #tries = 0

  /** The containers that are not yet listed as they should be. */
  get containers(): readonly string[] {
    return Array.from(this.#open.values(), ({ container }) => container)
  }

  /** A later event of the same container, or of the same network of it, replaces an earlier one. */
  expect(one: Expectation): void {
    this.#open.set(keyOf(one), one)
    this.#tries = 0
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
    for (const [key, one] of this.#open) if (isMet(one, networksNow)) this.#open.delete(key)
    if (this.#tries >= mostTries) this.#open.clear()
    if (this.#open.size === 0) return undefined
    this.#tries += 1
    return firstWaitMs * 2 ** (this.#tries - 1)
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
