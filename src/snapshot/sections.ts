import type { TargetGroup } from '../discovery/groups/target-group.js'
import type { SectionContent, SnapshotEvent } from './format.js'

/**
 * The providers of a snapshot, one after the other. The groups of one have to be read before the next is asked
 * for; what is left of them is skipped.
 */
export async function* snapshotSections(
  events: AsyncIterable<SnapshotEvent>,
): AsyncGenerator<SectionContent, void, undefined> {
  const reader = events[Symbol.asyncIterator]()
  try {
    let next: IteratorResult<SnapshotEvent, unknown> = await reader.next()
    while (next.done !== true) {
      if (next.value.kind !== 'section') {
        next = await reader.next()
        continue
      }
      const { section } = next.value
      const groups = new SectionGroups(reader, await reader.next())
      yield { section, groups }
      next = await groups.skip()
    }
  } finally {
    await reader.return?.(undefined)
  }
}

/** The groups up to the next section. */
class SectionGroups {
  readonly #reader: AsyncIterator<SnapshotEvent>
  #next: IteratorResult<SnapshotEvent, unknown>

  constructor(reader: AsyncIterator<SnapshotEvent>, first: IteratorResult<SnapshotEvent, unknown>) {
    this.#reader = reader
    this.#next = first
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<TargetGroup, void, undefined> {
    while (this.#next.done !== true && this.#next.value.kind === 'group') {
      const { group } = this.#next.value
      // Asked for before the group is given away: who leaves the loop early loses nothing.
      this.#next = await this.#reader.next()
      yield group
    }
  }

  /** @returns what follows the groups */
  async skip(): Promise<IteratorResult<SnapshotEvent, unknown>> {
    while (this.#next.done !== true && this.#next.value.kind === 'group') {
      this.#next = await this.#reader.next()
    }
    return this.#next
  }
}
