import type { Labels } from '../../labels/index.js'
import type { Api } from '../kit/api.js'
import { baremetal } from './baremetal.js'
import type { ScalewayConfig } from './index.js'
import { instances } from './instances.js'

/** Finds the servers of a zone: https://www.scaleway.com/en/developers/api. */
export function targets(api: Api, config: ScalewayConfig): AsyncGenerator<Labels> {
  return config.role === 'baremetal' ? baremetal(api, config) : instances(api, config)
}
