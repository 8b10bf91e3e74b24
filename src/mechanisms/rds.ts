import { field, struct } from '../yaml/index.js'
import { awsClusters } from './kit/aws-section.js'
import type { MechanismFactory } from './kit/mechanism.js'
import { filters } from './kit/section.js'
import { unbuilt } from './kit/unbuilt.js'

const section = struct('aws.plain', { ...awsClusters(10), filters: field(filters) })

/** `rds_sd_configs`: instances of the database clusters of Amazon RDS. */
export const rds: MechanismFactory = unbuilt({ name: 'rds', section })
