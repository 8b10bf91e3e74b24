import type { Labels } from '../../labels/index.js'
import type { MechanismOptions } from '../kit/mechanism.js'
import { collect, type Search } from '../kit/polled.js'
import { Cloud } from './cloud.js'
import { credentialsOf } from './credentials.js'
import { hypervisors } from './hypervisors.js'
import type { OpenstackConfig } from './section.js'
import { instances } from './instances.js'
import { loadBalancers } from './load-balancers.js'
import { Session } from './session.js'

/** Makes the search, with the variables of the environment in which credentials may be. */
export function searchWith(env: MechanismOptions['env']): Search<OpenstackConfig> {
  return {
    groups(config) {
      const session = new Session(credentialsOf(config, env))
      return async (api) => {
        const targets = await session.use(api, (token) =>
          collect(targetsOf(new Cloud(api, token, config), config), api),
        )
        return [{ source: `OS_${config.region}`, labels: {}, targets }]
      }
    },
  }
}

function targetsOf(cloud: Cloud, config: OpenstackConfig): AsyncGenerator<Labels> {
  if (config.role === 'hypervisor') return hypervisors(cloud, config)
  return config.role === 'loadbalancer' ? loadBalancers(cloud) : instances(cloud, config)
}
