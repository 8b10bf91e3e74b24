import { members, number, text } from './json.js'
import { lengthTag, varintTag, type Wire } from './wire.js'

/** `Status` of k8s.io/apimachinery: what a server says of a request that it refuses. */
export interface Status {
  /** An HTTP status; 0 where it says none. */
  readonly code: number
  /** One word: `Expired`, `Forbidden`. */
  readonly reason: string
  readonly message: string
  /** 0 where it says none. */
  readonly retryAfterSeconds: number
}

export function readStatus(wire: Wire, end: number): Status {
  let message = ''
  let reason = ''
  let code = 0
  let retryAfterSeconds = 0
  while (wire.at < end) {
    const tag = wire.uint()
    if (tag === lengthTag(3)) message = wire.text()
    else if (tag === lengthTag(4)) reason = wire.text()
    else if (tag === lengthTag(5)) retryAfterSeconds = readDetails(wire)
    else if (tag === varintTag(6)) code = wire.uint()
    else wire.skip(tag)
  }
  return { code, reason, message, retryAfterSeconds }
}

/** The twin of {@link readStatus}. */
export function statusFrom(value: unknown): Status {
  const { code, reason, message, details } = members(value)
  return {
    code: number(code),
    reason: text(reason),
    message: text(message),
    retryAfterSeconds: number(members(details)['retryAfterSeconds']),
  }
}

function readDetails(wire: Wire): number {
  const end = wire.end()
  let seconds = 0
  while (wire.at < end) {
    const tag = wire.uint()
    if (tag === varintTag(5)) seconds = wire.uint()
    else wire.skip(tag)
  }
  wire.leave(end)
  return seconds
}
