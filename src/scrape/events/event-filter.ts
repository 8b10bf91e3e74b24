import type { EventEntry, EventFacts, EventKind } from './event.js'

/** Which events are wanted; what is left out takes all. */
export interface EventFilter {
  readonly manager?: string
  readonly set?: string
  readonly provider?: string
  readonly cause?: string
  readonly kinds?: readonly EventKind[]
  /** The address as it was discovered. */
  readonly address?: string
  /** Part of the address or of the value of any label, or the whole of `name="value"`. */
  readonly text?: string
}

export function matches({ facts, json }: EventEntry, filter: EventFilter): boolean {
  for (const key of ['manager', 'set', 'provider', 'cause'] as const) {
    if (filter[key] !== undefined && filter[key] !== facts[key]) return false
  }
  const { kinds = [], address, text = '' } = filter
  if (kinds.length > 0 && !kinds.includes(facts.kind)) return false
  if (address !== undefined && !isAt(json, address)) return false
  return text === '' || says(json, text)
}

function isAt(json: string, address: string): boolean {
  return holds(json, address) && (JSON.parse(json) as EventFacts).address === address
}

function says(json: string, text: string): boolean {
  const [, name, value = ''] = pair.exec(text) ?? []
  if (!holds(json, text) && !holds(json, value)) return false
  const { address = '', labels, discoveredLabels, before } = JSON.parse(json) as EventFacts
  if (address.includes(text)) return true
  return [labels, discoveredLabels, before].some((set) =>
    Object.entries(set ?? {}).some(
      ([label, found]) => found.includes(text) || (label === name && found === value),
    ),
  )
}

const pair = /^([a-zA-Z_][a-zA-Z0-9_]*)="(.*)"$/s

/** Whether a text can be in an event at all: parsing every one would take long. */
function holds(json: string, text: string): boolean {
  return json.includes(JSON.stringify(text).slice(1, -1))
}
