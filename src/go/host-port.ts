/**
 * Go's net.JoinHostPort: an IPv6 address gets brackets.
 *
 * `join` makes one flat string, where `+` would keep both parts alive as long as the result.
 */
export function joinHostPort(host: string, port: number | string): string {
  return [host.includes(':') ? `[${host}]` : host, port].join(':')
}

/**
 * Go's net.SplitHostPort.
 * @returns the host without brackets, and the port; the text of Go's error where there is one
 */
export function splitHostPort(text: string): { host: string; port: string } | string {
  const fail = (why: string): string => `address ${text}: ${why}`
  const last = text.lastIndexOf(':')
  if (last < 0) return fail('missing port in address')
  const port = text.slice(last + 1)
  if (!text.startsWith('[')) {
    const host = text.slice(0, last)
    if (host.includes(':')) return fail('too many colons in address')
    return bracketError(host, fail) ?? bracketError(port, fail) ?? { host, port }
  }
  const end = text.indexOf(']')
  if (end < 0) return fail("missing ']' in address")
  if (end + 1 === text.length) return fail('missing port in address')
  if (end + 1 !== last) {
    return fail(text[end + 1] === ':' ? 'too many colons in address' : 'missing port in address')
  }
  const host = text.slice(1, end)
  return bracketError(host, fail) ?? bracketError(port, fail) ?? { host, port }
}

function bracketError(part: string, fail: (why: string) => string): string | undefined {
  if (part.includes('[')) return fail("unexpected '[' in address")
  if (part.includes(']')) return fail("unexpected ']' in address")
  return undefined
}
