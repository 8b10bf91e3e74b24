import type { MechanismFactory } from '../kit/mechanism.js'
import { unbuilt } from '../kit/unbuilt.js'
import { section } from './section.js'

/** `kubernetes_sd_configs`: pods, services, endpoints, endpoint slices, nodes or ingresses of a cluster. */
export const kubernetes: MechanismFactory = unbuilt({ name: 'kubernetes', section })
