/** How many causes are followed: a chain may be a circle. */
const maxDepth = 8

/**
 * An error in one line, the way Go wraps: its message, then the message of its cause, and so on. What
 * one of them quotes of the other is said once. An AggregateError lists what it holds.
 */
export function errorText(error: unknown, depth: number = 0): string {
  if (!(error instanceof Error)) return typeof error === 'string' ? error : String(error)
  const own = error.message === '' ? error.name : error.message
  if (depth >= maxDepth) return own
  const parts = [own]
  if (error instanceof AggregateError && error.errors.length > 0) {
    const shown = error.errors.slice(0, 10).map((inner) => errorText(inner, depth + 1))
    const more = error.errors.length - shown.length
    parts.push(shown.join('; ') + (more > 0 ? `; and ${String(more)} more` : ''))
  }
  if (error.cause !== undefined && error.cause !== null) {
    const cause = errorText(error.cause, depth + 1)
    if (cause.includes(own)) parts[0] = cause
    else if (!own.includes(cause)) parts.push(cause)
  }
  return parts.join(': ')
}

/** The text of anything that was thrown. */
export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** What sort of error it is, for people and dashboards: its stable code, or else its class. */
export function errorKind(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown'
  const { code } = error as { readonly code?: unknown }
  return typeof code === 'string' ? code : error.name
}
