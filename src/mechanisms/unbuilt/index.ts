import type { Mechanism } from '../../discovery/mechanism.js'
import { awsMechanisms } from './aws.js'
import { azure } from './azure.js'
import { cloudMechanisms } from './clouds.js'
import { dockerMechanisms } from './docker.js'
import { kubernetes } from './kubernetes.js'
import { kuma } from './kuma.js'
import { marathon } from './marathon.js'
import { oci } from './oci.js'
import { openstack } from './openstack.js'
import { registryMechanisms } from './registries.js'
import { stackit } from './stackit.js'
import { zookeeperMechanisms } from './zookeeper.js'

export { UnbuiltMechanismError } from './unbuilt.js'

/**
 * The mechanisms of Prometheus that muster knows by their sections only: a config that names one is
 * checked in full, and its provider fails with {@link UnbuiltMechanismError}.
 */
export function unbuiltMechanisms(): readonly Mechanism[] {
  return [
    ...awsMechanisms,
    azure,
    ...cloudMechanisms,
    ...dockerMechanisms,
    kubernetes,
    kuma,
    marathon,
    oci,
    openstack,
    ...registryMechanisms,
    stackit,
    ...zookeeperMechanisms,
  ]
}
