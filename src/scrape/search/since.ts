import type { Labels } from '../../labels/index.js'
import type { EventFacts } from '../events/event.js'
import type { EventLog } from '../events/event-log.js'
import type { Steps } from '../../waiting/turns.js'

// A log may keep more; what is that old is rarely looked for.
const mostEvents = 4000
const stride = 50

/** Since when targets are what they are, as far as events tell: of what was never written down nothing is known. */
export class SinceIndex {
  readonly #log: EventLog
  #lastId = 0
  #since = new Map<string, string>()

  constructor(log: EventLog) {
    this.#log = log
  }

  /** Takes note of the events since the last time. */
  *follow(): Steps {
    const { lastId } = this.#log
    if (lastId === this.#lastId) return
    const isBehind = this.#lastId === 0 || lastId - this.#lastId > mostEvents
    if (isBehind || this.#since.size > mostEvents) this.#since = new Map()
    const after = this.#since.size === 0 ? undefined : this.#lastId
    const range = { limit: mostEvents, ...(after === undefined ? {} : { after }) }
    this.#lastId = lastId
    for (const [i, { json }] of this.#log.page({ manager: 'scrape' }, range).entries()) {
      const facts = JSON.parse(json) as EventFacts & { readonly at: string }
      const labels = facts.labels ?? facts.discoveredLabels
      if (labels !== undefined && facts.kind !== 'held') {
        const key = keyOf(facts.set, facts.address ?? '', labels)
        if (facts.kind === 'removed') this.#since.delete(key)
        else this.#since.set(key, facts.at)
      }
      if (i % stride === stride - 1) yield
    }
  }

  /**
   * When a target became what it is; undefined where no event tells.
   * @param labels those after relabelling of an active target; those before it of any other
   */
  of(job: string, address: string, labels: Labels): string | undefined {
    return this.#since.get(keyOf(job, address, labels))
  }
}

function keyOf(job: string, address: string, labels: Labels): string {
  return JSON.stringify([job, address, Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))])
}
