import { struct } from '../yaml/index.js'
import { awsClusters } from './kit/aws-section.js'
import type { MechanismFactory } from './kit/mechanism.js'
import { unbuilt } from './kit/unbuilt.js'

const section = struct('aws.plain', awsClusters(20))

/** `ecs_sd_configs`: tasks of Amazon ECS. */
export const ecs: MechanismFactory = unbuilt({ name: 'ecs', section })
