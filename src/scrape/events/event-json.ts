import type { EventFacts } from './event.js'

// Labels are as long as whoever set them pleased.
const maxCharacters = 16 * 1024
const maxText = 1024

/** An event as JSON, of bounded length: labels that are too long are left out, and `cut` says so. */
export function eventJson(id: number, at: number, facts: EventFacts): string {
  const head = { id, at: new Date(at).toISOString() }
  const whole = JSON.stringify({ ...head, ...facts })
  if (whole.length <= maxCharacters) return whole
  const { discoveredLabels: _discovered, before: _before, ...shorter } = facts
  const short = JSON.stringify({ ...head, ...shorter, cut: true })
  if (short.length <= maxCharacters) return short
  const { kind, manager, set, provider, cause, rule, address = '', fault } = facts
  const fields = {
    kind,
    manager,
    set: clip(set),
    provider: clip(provider),
    cause,
    address: clip(address),
    ...(rule && { rule }),
    ...(fault !== undefined && { fault: clip(fault) }),
  }
  return JSON.stringify({ ...head, ...fields, cut: true })
}

function clip(text: string): string {
  return text.length <= maxText ? text : `${text.slice(0, maxText)}…`
}
