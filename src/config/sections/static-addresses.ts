import type { DiscoveryConfig } from '../../discovery/mechanism.js'
import type { TargetGroup } from '../../discovery/groups/target-group.js'
import { labelValue } from '../../labels/index.js'
import { goQuote } from '../../go/quote.js'
import { redactUrl } from '../../go/url.js'
import type { Decoding } from '../../yaml/index.js'

/**
 * Refuses URLs where a static target must be a host and a port. Only for sections without relabel
 * rules: a rule may make an address of anything.
 */
export function checkStaticAddresses(discovery: readonly DiscoveryConfig[], at: Decoding): void {
  for (const { mechanism, config } of discovery) {
    if (mechanism.key !== 'static_configs') continue
    for (const group of config as readonly Pick<TargetGroup, 'targets'>[]) {
      const bad = group.targets
        .map((target) => labelValue(target, '__address__'))
        .find((address) => address.includes('/'))
      if (bad === undefined) continue
      const place = at.places.of(group, 'targets')
      const message = `${goQuote(redactUrl(bad))} is not a valid hostname`
      if (place === undefined) at.failKey(mechanism.key, message)
      else at.failAt(place, message)
    }
  }
}
