import { struct } from '../yaml/index.js'
import { awsClusters } from './kit/aws-section.js'
import type { MechanismFactory } from './kit/mechanism.js'
import { unbuilt } from './kit/unbuilt.js'

const section = struct('aws.plain', awsClusters(10))

/** `msk_sd_configs`: brokers and controllers of Amazon MSK. */
export const msk: MechanismFactory = unbuilt({ name: 'msk', section })
