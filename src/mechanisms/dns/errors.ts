/** A name could not be looked up. */
export class DnsError extends Error {
  override readonly name = 'DnsError'
  readonly code = 'ERR_DISCOVERY_DNS'
}
