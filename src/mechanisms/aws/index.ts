import type { Type } from '../../yaml/index.js'
import type { MechanismFactory } from '../kit/mechanism.js'
import { polled } from '../kit/polled.js'
import { unbuilt, UnbuiltMechanismError } from '../kit/unbuilt.js'
import type { BuiltRole } from './search.js'
import {
  type AwsConfig,
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
export const rds: MechanismFactory = unbuilt({ name: 'rds', section: rdsSection })

/** `elasticache_sd_configs`: nodes and serverless caches of Amazon ElastiCache. */
export const elasticache: MechanismFactory = unbuilt({
  name: 'elasticache',
  section: clusterSection,
})

/** `msk_sd_configs`: brokers and controllers of Amazon MSK. */
export const msk: MechanismFactory = service('msk', clusterSection)

/** `aws_sd_configs`: one of Amazon's services, named by the role. */
export const aws: MechanismFactory = (options) => {
  const mechanism = polled<UnifiedConfig>({
    name: 'aws',
    section: unifiedSection,
    baseUrl: ({ endpoint }) => endpoint,
    load: async () =>
      (await import('./search.js')).searchFor<UnifiedConfig>(({ role }) => built(role), options),
  })(options)
  return {
    ...mechanism,
    create(config: UnifiedConfig, context) {
      const discoverer = mechanism.create(config, context)
      built(config.role)
      return discoverer
    },
  }
}

/** @throws {UnbuiltMechanismError} for a role that muster does not run */
function built(role: UnifiedConfig['role']): BuiltRole {
  if (role === 'ec2' || role === 'ecs' || role === 'lightsail' || role === 'msk') return role
  throw new UnbuiltMechanismError(role)
}

function service(name: BuiltRole, section: Type<AwsConfig>): MechanismFactory {
  return (options) =>
    polled<AwsConfig>({
      name,
      section,
      baseUrl: ({ endpoint }) => endpoint,
      load: async () => (await import('./search.js')).searchFor<AwsConfig>(() => name, options),
    })(options)
}
