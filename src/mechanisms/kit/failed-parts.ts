import { HttpError } from '../../http/index.js'
import { AnswerError } from './errors.js'

/** The statuses that say nothing about the one part that was asked for. */
const statusesOfAll: readonly (number | undefined)[] = [401, 429, 502, 503, 504]

/**
 * Whether an error ends the whole poll. One that does not concerns only the part of the answer that was asked for:
 * one server, one cluster, one compartment.
 */
export function concernsAll(error: unknown): boolean {
  if (error instanceof AnswerError) return false
  if (!(error instanceof HttpError)) return true
  return error.kind !== 'status' || statusesOfAll.includes(error.status)
}

const mostNamed = 3

/**
 * Says which parts of an answer could not be had, and why the first of them could not.
 * @param failed the errors by the names of the parts; at least one
 */
export function failureText(failed: ReadonlyMap<string, unknown>): string {
  const [first] = failed.values()
  const names = [...failed.keys()]
  const others = names.length - mostNamed
  const named =
    names.slice(0, mostNamed).join(', ') + (others > 0 ? ` and ${String(others)} others` : '')
  return `${named}: ${first instanceof Error ? first.message : String(first)}`
}
