import type { Type } from '../../yaml/index.js'
import type { MechanismFactory } from '../kit/mechanism.js'
import { polled } from '../kit/polled.js'
import {
  type AwsConfig,
  type AwsRole,
  clusterSection,
  ec2Section,
  ecsSection,
  lightsailSection,
  rdsSection,
  type UnifiedConfig,
  unifiedSection,
} from './section.js'

/** `ec2_sd_configs`: instances of Amazon EC2. */
export const ec2: MechanismFactory = service('ec2', ec2Section)

/** `lightsail_sd_configs`: instances of Amazon Lightsail. */
export const lightsail: MechanismFactory = service('lightsail', lightsailSection)

/** `ecs_sd_configs`: tasks of Amazon ECS. */
export const ecs: MechanismFactory = service('ecs', ecsSection)

/** `rds_sd_configs`: instances of the database clusters of Amazon RDS. */
export const rds: MechanismFactory = service('rds', rdsSection)

/** `elasticache_sd_configs`: nodes and serverless caches of Amazon ElastiCache. */
export const elasticache: MechanismFactory = service('elasticache', clusterSection)

/** `msk_sd_configs`: brokers and controllers of Amazon MSK. */
export const msk: MechanismFactory = service('msk', clusterSection)

/** `aws_sd_configs`: one of Amazon's services, named by the role. */
export const aws: MechanismFactory = (options) =>
  polled<UnifiedConfig>({
    name: 'aws',
    section: unifiedSection,
    baseUrl: ({ endpoint }) => endpoint,
    load: async () => (await import('./search.js')).searchFor<UnifiedConfig>(roleOf, options),
  })(options)

function roleOf({ role }: UnifiedConfig): AwsRole {
  if (role !== '') return role
  // The section has refused it.
  throw new TypeError('aws_sd_configs needs a role')
}

function service(name: AwsRole, section: Type<AwsConfig>): MechanismFactory {
  return (options) =>
    polled<AwsConfig>({
      name,
      section,
      baseUrl: ({ endpoint }) => endpoint,
      load: async () => (await import('./search.js')).searchFor<AwsConfig>(() => name, options),
    })(options)
}
