import { defer, switchMap } from 'rxjs'
import type { Discoverer, DiscovererContext } from '../../discovery/index.js'
import type { Type } from '../../yaml/index.js'
import type { MechanismFactory, MechanismOptions } from './mechanism.js'

/** A mechanism whose code is loaded when a config names it. */
export interface OnDemand<C, S> {
  /** `serverset`; the key of its list is `serverset_sd_configs`. */
  readonly name: string
  readonly section: Type<C>
  /** Makes what the process has of it even when no config names it, such as its metrics. */
  readonly shared: (options: MechanismOptions) => S
  /** Looks at a config before anything is loaded. @throws where it cannot work as it is */
  readonly check?: (config: C, shared: S) => void
  /**
   * Loads what makes its discoverers. A config that cannot work as it is fails the subscription.
   * Example: `async () => (await import('./discoverer.js')).discover`.
   */
  readonly load: () => Promise<
    (config: NoInfer<C>, context: DiscovererContext, shared: NoInfer<S>) => Discoverer
  >
}

/** Makes a mechanism of which a process that does not use it has loaded the section alone. */
export function onDemand<C, S>(mechanism: OnDemand<C, S>): MechanismFactory {
  const { name, section, shared, check, load } = mechanism
  return (options) => {
    const given = shared(options)
    return {
      name,
      key: `${name}_sd_configs`,
      section,
      create(config: C, context) {
        check?.(config, given)
        return {
          findings: () =>
            defer(load).pipe(switchMap((discover) => discover(config, context, given).findings())),
        }
      },
    }
  }
}
