import { httpClientConfig } from '../http/index.js'
import { field, inline, struct } from '../yaml/index.js'
import { awsAccount, checkAwsFilters } from './kit/aws-section.js'
import type { MechanismFactory } from './kit/mechanism.js'
import { always, filters } from './kit/section.js'
import { unbuilt } from './kit/unbuilt.js'

const section = struct(
  'aws.plain',
  { ...awsAccount, filters: field(filters, [], always), http: inline(httpClientConfig) },
  checkAwsFilters,
)

/** `ec2_sd_configs`: instances of Amazon EC2. */
export const ec2: MechanismFactory = unbuilt({ name: 'ec2', section })
