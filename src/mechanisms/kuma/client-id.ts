import { lookup, reverse } from 'node:dns/promises'
import os from 'node:os'

/** Where a host's name is looked up. */
export interface Names {
  /** The host's own short name; empty where it has none. */
  hostname(): string
  /** The addresses of a name. */
  addressesOf(name: string): Promise<readonly string[]>
  /** The full names of an address. */
  namesOf(address: string): Promise<readonly string[]>
}

const system: Names = {
  hostname: () => os.hostname(),
  addressesOf: async (name) => (await lookup(name, { all: true })).map(({ address }) => address),
  namesOf: (address) => reverse(address),
}

/** What muster calls itself where nothing is configured: the host's full name, or as much as is known of it. */
export async function clientId(names: Names = system): Promise<string> {
  const hostname = names.hostname()
  if (hostname === '') return 'prometheus'
  const none: readonly string[] = []
  const addresses = await names.addressesOf(hostname).catch(() => none)
  for (const address of addresses) {
    const [name] = await names.namesOf(address).catch(() => none)
    if (name !== undefined) return name.replace(/\.$/, '')
  }
  return hostname
}
