import { struct } from '../yaml/index.js'
import { awsClusters } from './kit/aws-section.js'
import type { MechanismFactory } from './kit/mechanism.js'
import { unbuilt } from './kit/unbuilt.js'

const section = struct('aws.plain', awsClusters(10))

/** `elasticache_sd_configs`: nodes and serverless caches of Amazon ElastiCache. */
export const elasticache: MechanismFactory = unbuilt({ name: 'elasticache', section })
