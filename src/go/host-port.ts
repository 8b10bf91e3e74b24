/**
 * Go's net.JoinHostPort: an IPv6 address gets brackets.
 *
 * `join` makes one flat string, where `+` would keep both parts alive as long as the result.
 */
export function joinHostPort(host: string, port: number | string): string {
  return [host.includes(':') ? `[${host}]` : host, port].join(':')
}
