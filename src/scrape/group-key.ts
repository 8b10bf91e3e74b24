import type { GroupKey } from '../discovery/updates.js'

/** `consul/0` of `consul/0/web`: the provider of a group. The name of a provider has one slash. */
export function providerOf(key: GroupKey): string {
  const end = key.indexOf('/', key.indexOf('/') + 1)
  return end < 0 ? key : key.slice(0, end)
}
