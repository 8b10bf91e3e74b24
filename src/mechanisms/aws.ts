import { httpClientConfigWith } from '../http/index.js'
import { field, inline, list, struct, text } from '../yaml/index.js'
import { awsAccount } from './kit/aws-section.js'
import type { MechanismFactory } from './kit/mechanism.js'
import { always, filters, roleOf } from './kit/section.js'
import { unbuilt } from './kit/unbuilt.js'

const roles = ['ec2', 'ecs', 'elasticache', 'lightsail', 'msk', 'rds'] as const

const section = struct(
  'aws.plain',
  {
    role: field(roleOf('aws.Role', roles, 'unknown AWS SD role'), '', always),
    ...awsAccount,
    clusters: field(list(text)),
    filters: field(filters),
    // Upstream gives this section no defaults for its HTTP client.
    http: inline(httpClientConfigWith({ follow_redirects: false, enable_http2: false })),
  },
  (value, at) => {
    if (value.role === '') at.failKey('role', 'unknown AWS SD role ""')
  },
)

/** `aws_sd_configs`: one of Amazon's services, named by the role. */
export const aws: MechanismFactory = unbuilt({ name: 'aws', section })
